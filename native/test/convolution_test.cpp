// Convolutions and their gradients against loops in double, on every instruction set and any number of threads.
#include "../engine/convolution.h"

#include "support.h"

namespace gemmnet::test {
namespace {

struct Shape {
  std::size_t pictures, height, width, channels, filters;
  std::size_t kernel_height, kernel_width, stride_y = 1, stride_x = 1, padding_y = 0, padding_x = 0;

  Windows windows() const {
    return {pictures,
            height,
            width,
            channels,
            kernel_height,
            kernel_width,
            stride_y,
            stride_x,
            padding_y,
            padding_x,
            (height + 2 * padding_y - kernel_height) / stride_y + 1,
            (width + 2 * padding_x - kernel_width) / stride_x + 1};
  }
};

// Calls f(pixel, in_window, window) for each pixel of each window, all counted through.
template <class F>
void each_place(const Windows& s, F f) {
  std::size_t window = 0;
  for (std::size_t i = 0; i < s.pictures; ++i)
    for (std::size_t oy = 0; oy < s.out_height; ++oy)
      for (std::size_t ox = 0; ox < s.out_width; ++ox, ++window)
        for (std::size_t ky = 0; ky < s.kernel_height; ++ky)
          for (std::size_t kx = 0; kx < s.kernel_width; ++kx) {
            const std::size_t y = oy * s.stride_y + ky - s.padding_y, x = ox * s.stride_x + kx - s.padding_x;
            if (y < s.height && x < s.width) f((i * s.height + y) * s.width + x, ky * s.kernel_width + kx, window);
          }
}

template <class T>
struct Results {
  std::vector<T> y, dw, dx;
};

template <class T>
class Case {
 public:
  explicit Case(const Shape& shape)
      : s_(shape.windows()),
        m_(shape.filters),
        x_(noise<T>(s_.pictures * s_.height * s_.width * s_.channels, 1)),
        w_(noise<T>(m_ * s_.size(), 2)),
        bias_(noise<T>(m_, 3)),
        dy_(noise<T>(s_.pictures * s_.count() * m_, 4)),
        dw_(noise<T>(w_.size(), 5)),
        dx_(noise<T>(x_.size(), 6)) {}

  Results<T> run(const InstructionSet& set, ThreadPool& pool, T beta) const {
    const auto& kernels = table_of<T>(set).gemm;
    const bool reads = beta != 0;
    // Not an element more than belongs to an operand, so that a sanitizer sees it; NaN where nothing may be read.
    Results<T> results{std::vector<T>(dy_.size(), kNaN<T>), reads ? dw_ : std::vector<T>(dw_.size(), kNaN<T>),
                       reads ? dx_ : std::vector<T>(dx_.size(), kNaN<T>)};
    convolve<T>(kernels, pool, s_, m_, x_.data(), w_.data(), bias_.data(), results.y.data());
    convolve_weights<T>(kernels, pool, s_, m_, dy_.data(), x_.data(), beta, results.dw.data());
    convolve_input<T>(kernels, pool, s_, m_, dy_.data(), w_.data(), beta, results.dx.data());
    return results;
  }

  bool is_right(const Results<T>& got, T beta) const {
    const std::size_t c = s_.channels;
    std::vector<double> y(dy_.size()), dw(w_.size()), dx(x_.size());
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = bias_[i % m_];
    if (beta != 0) {
      for (std::size_t i = 0; i < dw.size(); ++i) dw[i] = double(beta) * dw_[i];
      for (std::size_t i = 0; i < dx.size(); ++i) dx[i] = double(beta) * dx_[i];
    }
    each_place(s_, [&](std::size_t pixel, std::size_t in_window, std::size_t window) {
      for (std::size_t f = 0; f < m_; ++f)
        for (std::size_t j = 0; j < c; ++j) {
          const std::size_t weight = f * s_.size() + in_window * c + j;
          y[window * m_ + f] += double(x_[pixel * c + j]) * w_[weight];
          dw[weight] += double(dy_[window * m_ + f]) * x_[pixel * c + j];
          dx[pixel * c + j] += double(dy_[window * m_ + f]) * w_[weight];
        }
    });
    return near(got.y, y, s_.size()) && near(got.dw, dw, s_.pictures * s_.count()) &&
           near(got.dx, dx, s_.kernel_height * s_.kernel_width * m_);
  }

 private:
  static bool near(const std::vector<T>& got, const std::vector<double>& wanted, std::size_t terms) {
    const double bound = std::numeric_limits<T>::epsilon() * (8 + 8 * std::sqrt(double(terms)));
    for (std::size_t i = 0; i < got.size(); ++i)
      if (!(std::abs(got[i] - wanted[i]) <= bound * (1 + std::abs(wanted[i])))) return false;
    return true;
  }

  const Windows s_;
  const std::size_t m_;
  const std::vector<T> x_, w_, bias_, dy_, dw_, dx_;
};

const Shape kShapes[] = {
    {1, 1, 1, 1, 1, 1, 1},
    {2, 5, 4, 3, 5, 1, 1},
    {3, 4, 5, 2, 7, 4, 5},
    {2, 7, 9, 1, 6, 3, 3},
    {2, 6, 5, 3, 4, 3, 2, 1, 2, 1, 0},
    {2, 2, 3, 2, 3, 4, 4, 1, 1, 1, 1},
    {1, 3, 2, 2, 3, 2, 2, 2, 1, 3, 4},
    {2, 9, 8, 1, 17, 2, 3, 4, 5},
    {3, 8, 8, 4, 33, 1, 1, 2, 2},
    {2, 5, 5, 1, 9, 1, 1, 2, 2},
    {2, 9, 19, 17, 35, 3, 3, 1, 1, 1, 1},
    {1, 5, 5, 70, 65, 3, 3, 1, 1, 1, 1},
    {1, 2, 2, 600, 3, 2, 1},
    {1, 3, 4, 7, 530, 2, 2},
    {1, 30, 40, 2, 8, 3, 3},
    {1, 3, 600, 1, 2, 2, 5, 1, 1, 0, 2},
    {37, 12, 12, 1, 6, 5, 5, 1, 1, 2, 2},
    {5, 32, 32, 3, 32, 7, 7, 1, 1, 3, 3},
    // A border whose strips are larger than the cache that they are cut for.
    {1, 4, 700, 33, 3, 3, 3, 1, 2, 1, 1},
};

template <class T>
void check(const Shape& shape) {
  static ThreadPool one(1), three(3);
  const Case<T> test(shape);
  for (const T beta : {T(0), T(1), T(-2)}) {
    CAPTURE(beta);
    Results<T> fused;
    each_instruction_set([&](const InstructionSet& set) {
      const Results<T> single = test.run(set, one, beta), shared = test.run(set, three, beta);
      CHECK(test.is_right(single, beta));
      CHECK(same_bits(single.y, shared.y));
      CHECK(same_bits(single.dw, shared.dw));
      CHECK(same_bits(single.dx, shared.dx));
      if (!is_fused(set.name)) return;
      if (!fused.y.empty()) {
        CHECK(same_bits(single.y, fused.y));
        CHECK(same_bits(single.dw, fused.dw));
        CHECK(same_bits(single.dx, fused.dx));
      }
      fused = single;
    });
  }
}

}  // namespace

TEST_SUITE_BEGIN("convolution");

TEST_CASE("convolutions and gradients are right, to the same bits for any number of threads and any set that fuses") {
  for (std::size_t i = 0; i < std::size(kShapes); ++i) {
    CAPTURE(i);
    check<float>(kShapes[i]);
    check<double>(kShapes[i]);
  }
}

TEST_SUITE_END();

}  // namespace gemmnet::test
