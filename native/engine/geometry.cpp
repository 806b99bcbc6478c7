#include "geometry.h"

#include <cmath>

#include "error.h"

namespace gemmnet {
namespace {

// Attributes are below 2³¹ and sizes below 2⁵³: a product that is not exact in double is larger than any size, and
// stays so when it is rounded.
class Geometry {
 public:
  Geometry(const Signature& signature, const std::int32_t* attributes, const Sizes& sizes)
      : signature_(signature), attributes_(attributes), sizes_(sizes) {}

  // Windows over p pixels of whole pictures, q in all; of a convolution they have k = kernelHeight·kernelWidth·c
  // numbers.
  void convolution() const {
    windows();
    expect("k", at_least_one(2) * at_least_one(3) * size("c"));
  }

  // A window of a pool is never in the border alone.
  void pooling() const {
    windows();
    for (std::size_t i = 2; i < 4; ++i)
      if (2.0 * attributes_[i + 4] > attributes_[i])
        refuse(signature_.attributes[i + 4] + " to be at most half of " + signature_.attributes[i], attributes_[i + 4]);
  }

  // Rows of f = c·height·width numbers each, and p = n·height·width pixels of c channels.
  void layout() const {
    const double pixels = at_least_one(0) * at_least_one(1);
    expect("f", size("c") * pixels);
    expect("p", size("n") * pixels);
  }

  // n pictures of `positions` rows each, and g groups of as many of the c channels.
  void groups() const {
    expect("p", size("n") * at_least_one(0));
    if (std::fmod(size("c"), size("g")) != 0)
      refuse("c to be a multiple of g = " + std::to_string(size("g")), size("c"));
  }

 private:
  double at_least_one(std::size_t i) const {
    if (attributes_[i] < 1) refuse(signature_.attributes[i] + " to be at least 1", attributes_[i]);
    return attributes_[i];
  }

  void windows() const {
    const double pixels = at_least_one(0) * at_least_one(1);
    const double pictures = size("p") / pixels;
    if (pictures != std::floor(pictures)) refuse("p to be a multiple of height·width", size("p"));
    expect("q", pictures * outputs(0) * outputs(1));
  }

  // Along the axis 0 (y) or 1 (x): how many windows there are.
  double outputs(std::size_t axis) const {
    const double room = attributes_[axis] + 2.0 * attributes_[6 + axis] - at_least_one(2 + axis);
    if (room < 0)
      refuse(signature_.attributes[2 + axis] + " to be at most " + signature_.attributes[axis] + " + 2·padding",
             attributes_[2 + axis]);
    return std::floor(room / at_least_one(4 + axis)) + 1;
  }

  double size(const char* letter) const { return sizes_.at(letter); }

  void expect(const char* letter, double wanted) const {
    if (size(letter) != wanted) refuse(std::string(letter) + " = " + std::to_string(wanted), size(letter));
  }

  [[noreturn]] void refuse(const std::string& expected, double received) const {
    throw Error("ERR_SHAPE", std::string("program: ") + signature_.name + ": expected " + expected + " but received " +
                                 std::to_string(received));
  }

  const Signature& signature_;
  const std::int32_t* const attributes_;
  const Sizes& sizes_;
};

}  // namespace

void check_geometry(const Signature& signature, const std::int32_t* attributes, const Sizes& sizes) {
  if (signature.attributes.empty()) return;
  const Geometry geometry(signature, attributes, sizes);
  switch (signature.driver) {
    case Driver::layout: return geometry.layout();
    case Driver::convolution: return geometry.convolution();
    case Driver::pooling: return geometry.pooling();
    case Driver::groups: return geometry.groups();
    default: fail(std::string("program: ") + signature.name + " has attributes that nothing checks");
  }
}

}  // namespace gemmnet
