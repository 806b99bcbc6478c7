// The blocked product against three loops in double, on every instruction set.
#include "../engine/gemm.h"

#include "support.h"

namespace gemmnet::test {
namespace {

struct Shape {
  std::size_t m, n, k;
  bool a_transposed, b_transposed;
  // Elements between the end of a row and the next one.
  std::size_t padding = 0;
};

// A product with memory of its own; C has a row of guards at its end and between its rows.
template <class T>
class Case {
 public:
  static constexpr T kGuard = 12345;

  Case(const Shape& shape, Init init, T alpha, T beta, unsigned seed = 1) : shape_(shape) {
    const auto [m, n, k, at, bt, padding] = shape;
    const std::size_t a_row = (at ? m : k) + padding, b_row = (bt ? k : n) + padding;
    a_ = noise<T>(a_row * (at ? k : m) + 1, seed);
    // Not an element more than is read, so that a sanitizer sees it.
    b_ = noise<T>(std::max<std::size_t>(1, b_row * (bt ? n : k)), seed + 1);
    bias_ = noise<T>(n + 1, seed + 2);
    // Where C must not be read, it is full of NaNs.
    const bool reads_c = init == Init::accumulate || init == Init::scale;
    before_ = reads_c ? noise<T>(c_row() * (m + 1), seed + 3) : std::vector<T>(c_row() * (m + 1), kNaN<T>);
    for (std::size_t i = 0; i <= m; ++i)
      for (std::size_t j = i < m ? n : 0; j < c_row(); ++j) before_[i * c_row() + j] = kGuard;
    const auto stride = [](std::size_t s) { return static_cast<std::ptrdiff_t>(s); };
    product_ = {m,
                n,
                k,
                {a_.data(), at ? 1 : stride(a_row), at ? stride(a_row) : 1},
                {b_.data(), bt ? 1 : stride(b_row), bt ? stride(b_row) : 1},
                nullptr,
                stride(c_row()),
                alpha,
                beta,
                bias_.data(),
                init};
    make_reference();
  }

  std::vector<T> run(const InstructionSet& set, ThreadPool& pool) {
    std::vector<T> c = before_;
    product_.c = c.data();
    gemm(table_of<T>(set).gemm, pool, product_);
    return c;
  }

  bool is_right(const std::vector<T>& c) const {
    for (std::size_t i = 0; i <= shape_.m; ++i) {
      for (std::size_t j = 0; j < c_row(); ++j) {
        const T got = c[i * c_row() + j];
        const bool inside = i < shape_.m && j < shape_.n;
        if (inside ? !(std::abs(double(got) - expected_[i * shape_.n + j]) <= bound_[i * shape_.n + j]) : got != kGuard)
          return false;
      }
    }
    return true;
  }

  // Descends from the weights `w`, with the product as their gradient.
  std::vector<T> descend(const InstructionSet& set, ThreadPool& pool, std::vector<T> w, const Descent<T>& descent) {
    Update<T> update{};
    update.w = w.data();
    update.descent = descent;
    Product<T> product = product_;
    product.update = &update;
    gemm(table_of<T>(set).gemm, pool, product);
    return w;
  }

  std::vector<T>& a() { return a_; }
  std::vector<T>& b() { return b_; }

 private:
  // Three loops in double; the bound is that of a sum of k rounded products.
  void make_reference() {
    const double epsilon = std::numeric_limits<T>::epsilon(), alpha = product_.alpha;
    for (std::size_t i = 0; i < shape_.m; ++i) {
      for (std::size_t j = 0; j < shape_.n; ++j) {
        double sum = 0, magnitude = 0, start = 0;
        for (std::size_t p = 0; p < shape_.k; ++p) {
          const double term = double(at(product_.a, i, p)) * double(at(product_.b, p, j));
          sum += term;
          magnitude += std::abs(term);
        }
        const double there = before_[i * c_row() + j];
        if (product_.init == Init::accumulate) start = there;
        if (product_.init == Init::scale) start = double(product_.beta) * there;
        if (product_.init == Init::bias) start = bias_[j];
        expected_.push_back(alpha * sum + start);
        bound_.push_back(epsilon * (8 + 2 * std::sqrt(double(shape_.k))) *
                         (std::abs(alpha) * magnitude + std::abs(start) + 1e-30));
      }
    }
  }

  std::size_t c_row() const { return shape_.n + shape_.padding + 1; }
  static T at(const Matrix<T>& matrix, std::size_t i, std::size_t j) {
    return matrix.data[static_cast<std::ptrdiff_t>(i) * matrix.row + static_cast<std::ptrdiff_t>(j) * matrix.col];
  }

  Shape shape_;
  std::vector<T> a_, b_, bias_, before_;
  std::vector<double> expected_, bound_;
  Product<T> product_{};
};

template <class T>
void check(const Shape& shape, Init init, T alpha, T beta) {
  static ThreadPool one(1), two(2);
  Case<T> test(shape, init, alpha, beta);
  std::vector<T> fused;
  each_instruction_set([&](const InstructionSet& set) {
    const auto c = test.run(set, one);
    const bool right = test.is_right(c), threads_agree = same_bits(c, test.run(set, two));
    const bool isas_agree = !is_fused(set.name) || fused.empty() || same_bits(c, fused);
    if (is_fused(set.name)) fused = c;
    if (right && threads_agree && isas_agree) return;
    CAPTURE(shape.m);
    CAPTURE(shape.n);
    CAPTURE(shape.k);
    CAPTURE(shape.a_transposed);
    CAPTURE(shape.b_transposed);
    CAPTURE(shape.padding);
    CAPTURE(static_cast<int>(init));
    CAPTURE(sizeof(T));
    CHECK(right);
    CHECK(threads_agree);
    CHECK(isas_agree);
  });
}

// The four ways in which C can start, in turn.
template <class T>
void check_turn(const Shape& shape, std::size_t turn) {
  constexpr Init inits[] = {Init::zero, Init::accumulate, Init::scale, Init::bias};
  check<T>(shape, inits[turn % 4], turn % 3 == 0 ? T(1) : T(-0.75), T(0.5));
}

}  // namespace

TEST_SUITE_BEGIN("gemm");

TEST_CASE_TEMPLATE("all sizes from 0 to 33 in all transpose forms", T, float, double) {
#ifdef GEMMNET_SLOW
  // 4 still visits odd and even sizes, as it starts anew at 0 and 33.
  constexpr std::size_t step = 4;
#else
  constexpr std::size_t step = 1;
#endif
  std::size_t turn = 0;
  const auto next = [](std::size_t x) { return x == 33 ? 34 : x + step > 33 ? 33 : x + step; };
  for (std::size_t m = 0; m <= 33; m = next(m))
    for (std::size_t n = 0; n <= 33; n = next(n))
      for (std::size_t k = 0; k <= 33; k = next(k))
        for (int form = 0; form < 4; ++form, ++turn)
          check_turn<T>({m, n, k, (form & 1) != 0, (form & 2) != 0, turn % 5 == 0 ? 3u : 0u}, turn);
}

TEST_CASE_TEMPLATE("larger odd sizes", T, float, double) {
  const Shape sizes[] = {{4, 250, 784, false, false},   {200, 50, 785, false, false},  {51, 131, 301, false, false},
                         {129, 127, 257, false, false}, {70, 129, 301, false, false},  {1, 513, 300, false, false},
                         {513, 1, 300, false, false},   {17, 65, 1025, false, false},  {97, 600, 259, false, false},
                         {225, 70, 512, false, false},  {129, 127, 513, false, false}, {70, 129, 1030, false, false},
                         {515, 530, 21, false, false},  {140, 301, 600, false, false}};
  std::size_t turn = 0;
  for (const Shape& size : sizes)
    for (int form = 0; form < 4; ++form)
      for (std::size_t padding : {0u, 5u})
        check_turn<T>({size.m, size.n, size.k, (form & 1) != 0, (form & 2) != 0, padding}, turn++);
}

TEST_CASE_TEMPLATE("sums that are cut into parts", T, float, double) {
  const Shape sizes[] = {{3, 7, 4096, false, false},
                         {3, 7, 4097, false, false},
                         {10, 5, 8192, false, false},
                         {1, 1, 20000, false, false},
                         {17, 33, 12289, false, false}};
  std::size_t turn = 0;
  for (const Shape& size : sizes)
    for (int form = 0; form < 4; ++form, ++turn)
      for (std::size_t init = 0; init < 4; ++init)
        check_turn<T>({size.m, size.n, size.k, (form & 1) != 0, (form & 2) != 0, turn % 2 * 5}, init);
}

TEST_CASE("the gradient of a batch of 60,000 and of a million rows is as exact as that of a small one") {
  static ThreadPool pool(2);
  for (const std::size_t rows : {60'000u, 1'000'000u}) {
    // xᵀ·dout of numbers of one sign, where roundings do not cancel.
    auto x = noise<float>(rows * 3, 1), dout = noise<float>(rows * 2, 2);
    for (auto* values : {&x, &dout})
      for (auto& value : *values) value = std::abs(value);
    double expected[6] = {};
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t i = 0; i < 6; ++i) expected[i] += double(x[r * 3 + i / 2]) * dout[r * 2 + i % 2];
    each_instruction_set([&](const InstructionSet& set) {
      float c[6];
      Product<float> product{3, 2, rows, {x.data(), 1, 3}, {dout.data(), 2, 1}, c, 2};
      gemm(set.f32.gemm, pool, product);
      for (std::size_t i = 0; i < 6; ++i) CHECK(std::abs(c[i] / expected[i] - 1) < 1e-6);
    });
  }
}

TEST_CASE_TEMPLATE("rows a multiple of 4 KiB apart", T, float, double) {
  for (int form = 0; form < 4; ++form)
    check_turn<T>({33, 1024, 40, (form & 1) != 0, (form & 2) != 0, 0}, static_cast<std::size_t>(form));
  check_turn<T>({40, 70, 1024, false, false, 0}, 1);
}

TEST_CASE_TEMPLATE("NaN and infinity reach their rows and columns, and no others", T, float, double) {
  static ThreadPool pool(2);
  for (const std::size_t n : {10u, 50u, 90u}) {
    for (const bool transposed : {false, true}) {
      Case<T> test({37, n, 70, false, transposed, 0}, Init::zero, T(1), T(0));
      test.a()[5 * 70 + 69] = kNaN<T>;
      test.a()[9 * 70 + 1] = kInfinity<T>;
      each_instruction_set([&](const InstructionSet& set) {
        const auto c = test.run(set, pool);
        for (std::size_t i = 0; i < 37; ++i)
          for (std::size_t j = 0; j < n; ++j) {
            const T value = c[i * (n + 1) + j];
            REQUIRE(std::isnan(value) == (i == 5));
            REQUIRE(std::isinf(value) == (i == 9));
          }
      });
    }
  }
}

TEST_CASE_TEMPLATE("a sum of nothing but negative zeros is positive", T, float, double) {
  static ThreadPool pool(1);
  for (const std::size_t k : {1u, 3u, 300u}) {
    for (const bool transposed : {false, true}) {
      Case<T> test({30, 45, k, false, transposed, 0}, Init::zero, T(1), T(0));
      std::fill(test.a().begin(), test.a().end(), T(-0.0));
      std::fill(test.b().begin(), test.b().end(), T(1));
      each_instruction_set([&](const InstructionSet& set) {
        const auto c = test.run(set, pool);
        for (std::size_t i = 0; i < 30; ++i)
          for (std::size_t j = 0; j < 45; ++j) REQUIRE(!std::signbit(c[i * 46 + j]));
      });
    }
  }
}

TEST_CASE_TEMPLATE("descent as the sums are made has the bits of descent from the whole gradient", T, float, double) {
  static ThreadPool pool(2);
  for (const std::size_t k : {0u, 1u, 2u, 3u, 4u, 5u, 8u, 65u}) {
    // A transposed and B not, as gradients of weights are.
    for (const auto& [m, n] : {std::pair{1, 1}, {3, 7}, {23, 49}, {130, 45}, {9, 1300}}) {
      for (const T second : {T(0), T(0.25)}) {
        const Descent<T> descent{T(0.5), {T(0.125), second}};
        Case<T> test({std::size_t(m), std::size_t(n), k, true, false, k % 2 * 3}, Init::zero, T(1), T(0));
        each_instruction_set([&](const InstructionSet& set) {
          const std::vector<T> gradient = test.run(set, pool);
          const std::vector<T> before = noise<T>(gradient.size(), 9);
          const std::vector<T> after = test.descend(set, pool, before, descent);
          const std::size_t row = gradient.size() / std::size_t(m + 1);
          const double tolerance = is_fused(set.name) ? 0 : 4 * double(std::numeric_limits<T>::epsilon());
          bool right = true;
          for (std::size_t at = 0; at < after.size(); ++at) {
            const bool inside = at / row < std::size_t(m) && at % row < std::size_t(n);
            const T g = gradient[at], w = before[at];
            const T expected = inside ? w - descent.rate * std::fma(second, w, std::fma(descent.shrink[0], w, g)) : w;
            right = right && std::abs(double(after[at]) - double(expected)) <= tolerance;
          }
          CAPTURE(m);
          CAPTURE(n);
          CAPTURE(k);
          CHECK(right);
        });
      }
    }
  }
}

TEST_SUITE_END();

}  // namespace gemmnet::test
