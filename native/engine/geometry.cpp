#include "geometry.h"

#include "error.h"

namespace gemmnet {
namespace {

// Attributes are below 2³¹ and sizes below 2⁵³: a product that is not exact in double is larger than any size, and
// stays so when it is rounded.
class Geometry {
 public:
  Geometry(const Signature& signature, const std::int32_t* attributes, const Sizes& sizes)
      : signature_(signature), attributes_(attributes), sizes_(sizes) {}

  // Rows of f = c·height·width numbers each, and p = n·height·width pixels of c channels.
  void layout() const {
    const double pixels = at_least_one(0) * at_least_one(1);
    expect("f", size("c") * pixels);
    expect("p", size("n") * pixels);
  }

 private:
  double at_least_one(std::size_t i) const {
    if (attributes_[i] < 1) refuse(signature_.attributes[i] + " to be at least 1", attributes_[i]);
    return attributes_[i];
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
    default: fail(std::string("program: ") + signature.name + " has attributes that nothing checks");
  }
}

}  // namespace gemmnet
