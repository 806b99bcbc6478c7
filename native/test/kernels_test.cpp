// Every kernel of the table against straight loops in double, on every instruction set: all lengths up to 70,
// unaligned, with the neighbours untouched, and bit for bit the same on those with fused multiply-add.
#include <algorithm>
#include <functional>

#include "../engine/signature.h"
#include "support.h"

namespace gemmnet::test {
namespace {

using Values = std::vector<double>;

// An elementwise op: operands in the order of the signature, scalars, and what the reference makes of one element.
struct Elementwise {
  Op op;
  std::size_t operands;
  Values scalars;
  std::function<void(double* v, const Values& s)> reference;
  std::size_t squares = 0;  // so many of the last operands must not be negative
};

const std::vector<Elementwise>& elementwise_ops() {
  static const std::vector<Elementwise> ops{
      {Op::copy, 2, {}, [](double* v, const Values&) { v[1] = v[0]; }},
      {Op::add, 3, {}, [](double* v, const Values&) { v[2] = v[0] + v[1]; }},
      {Op::axpy, 2, {0.3}, [](double* v, const Values& s) { v[1] += s[0] * v[0]; }},
      {Op::axpy_sign, 2, {0.3}, [](double* v, const Values& s) { v[1] += s[0] * (v[0] > 0   ? 1
                                                                                 : v[0] < 0 ? -1
                                                                                            : 0); }},
      {Op::relu, 2, {}, [](double* v, const Values&) { v[1] = v[0] > 0 ? v[0] : 0; }},
      {Op::relu_backward, 3, {}, [](double* v, const Values&) { v[2] = v[1] > 0 ? v[0] : 0; }},
      {Op::sigmoid, 2, {}, [](double* v, const Values&) { v[1] = 1 / (1 + std::exp(-v[0])); }},
      {Op::sigmoid_backward, 3, {}, [](double* v, const Values&) { v[2] = v[0] * v[1] * (1 - v[1]); }},
      {Op::tanh, 2, {}, [](double* v, const Values&) { v[1] = std::tanh(v[0]); }},
      {Op::tanh_backward, 3, {}, [](double* v, const Values&) { v[2] = v[0] * (1 - v[1] * v[1]); }},
      {Op::clip_norm, 1, {0.5, 2}, [](double* v, const Values& s) { v[0] *= s[0] / (s[1] + 1e-6); }},
      {Op::clip_norm, 1, {5, 2}, [](double*, const Values&) {}},
      {Op::clip_value, 1, {0.25}, [](double* v, const Values& s) { v[0] = std::clamp(v[0], -s[0], s[0]); }},
      {Op::sgd, 2, {0.1, 0.01}, [](double* v, const Values& s) { v[0] -= s[0] * (v[1] + s[1] * v[0]); }},
      {Op::momentum,
       3,
       {0.1, 0.9, 0.01},
       [](double* v, const Values& s) {
         v[2] = s[1] * v[2] - s[0] * (v[1] + s[2] * v[0]);
         v[0] += v[2];
       }},
      {Op::nesterov,
       3,
       {0.1, 0.9, 0.01},
       [](double* v, const Values& s) {
         const double before = v[2];
         v[2] = s[1] * v[2] - s[0] * (v[1] + s[2] * v[0]);
         v[0] += -s[1] * before + (1 + s[1]) * v[2];
       }},
      {Op::rmsprop,
       3,
       {0.1, 0.99, 1e-4, 0.01},
       [](double* v, const Values& s) {
         const double g = v[1] + s[3] * v[0];
         v[2] = s[1] * v[2] + (1 - s[1]) * g * g;
         v[0] -= s[0] * g / (std::sqrt(v[2]) + s[2]);
       },
       1},
      {Op::adagrad,
       3,
       {0.1, 1e-4, 0.01},
       [](double* v, const Values& s) {
         const double g = v[1] + s[2] * v[0];
         v[2] += g * g;
         v[0] -= s[0] * g / (std::sqrt(v[2]) + s[1]);
       },
       1},
      {Op::adam,
       4,
       {0.1, 0.9, 0.999, 1e-4, 3, 0.01},
       [](double* v, const Values& s) {
         const double g = v[1] + s[5] * v[0];
         v[2] = s[1] * v[2] + (1 - s[1]) * g;
         v[3] = s[2] * v[3] + (1 - s[2]) * g * g;
         v[0] -= s[0] * (v[2] / (1 - std::pow(s[1], s[4]))) / (std::sqrt(v[3] / (1 - std::pow(s[2], s[4]))) + s[3]);
       },
       1},
      {Op::adamw,
       4,
       {0.1, 0.9, 0.999, 1e-4, 3, 0.01},
       [](double* v, const Values& s) {
         v[2] = s[1] * v[2] + (1 - s[1]) * v[1];
         v[3] = s[2] * v[3] + (1 - s[2]) * v[1] * v[1];
         v[0] -= s[0] * s[5] * v[0] +
                 s[0] * (v[2] / (1 - std::pow(s[1], s[4]))) / (std::sqrt(v[3] / (1 - std::pow(s[2], s[4]))) + s[3]);
       },
       1},
      {Op::adadelta,
       4,
       {0.1, 0.9, 1e-4, 0.01},
       [](double* v, const Values& s) {
         const double g = v[1] + s[3] * v[0];
         v[2] = s[1] * v[2] + (1 - s[1]) * g * g;
         const double d = std::sqrt(v[3] + s[2]) / std::sqrt(v[2] + s[2]) * g;
         v[3] = s[1] * v[3] + (1 - s[1]) * d * d;
         v[0] -= s[0] * d;
       },
       2},
      {Op::amsgrad,
       5,
       {0.1, 0.9, 0.999, 1e-4, 3, 0.01},
       [](double* v, const Values& s) {
         const double g = v[1] + s[5] * v[0];
         v[2] = s[1] * v[2] + (1 - s[1]) * g;
         v[3] = s[2] * v[3] + (1 - s[2]) * g * g;
         v[4] = std::max(v[4], v[3]);
         v[0] -= s[0] * (v[2] / (1 - std::pow(s[1], s[4]))) / (std::sqrt(v[4] / (1 - std::pow(s[2], s[4]))) + s[3]);
       },
       2},
      {Op::amsgradw,
       5,
       {0.1, 0.9, 0.999, 1e-4, 3, 0.01},
       [](double* v, const Values& s) {
         v[2] = s[1] * v[2] + (1 - s[1]) * v[1];
         v[3] = s[2] * v[3] + (1 - s[2]) * v[1] * v[1];
         v[4] = std::max(v[4], v[3]);
         v[0] -= s[0] * s[5] * v[0] +
                 s[0] * (v[2] / (1 - std::pow(s[1], s[4]))) / (std::sqrt(v[4] / (1 - std::pow(s[2], s[4]))) + s[3]);
       },
       2},
      {Op::adamax,
       4,
       {0.1, 0.9, 0.999, 0.5, 3, 0.01},
       [](double* v, const Values& s) {
         const double g = v[1] + s[5] * v[0];
         v[2] = s[1] * v[2] + (1 - s[1]) * g;
         v[3] = std::max(s[2] * v[3], std::abs(g) + s[3]);
         v[0] -= s[0] / (1 - std::pow(s[1], s[4])) * v[2] / v[3];
       },
       1},
      {Op::nadam,
       4,
       {0.1, 0.9, 0.999, 1e-4, 4e-3, 3, 0.01},
       [](double* v, const Values& s) {
         const auto momentum = [&](double t) { return s[1] * (1 - 0.5 * std::pow(0.96, t * s[4])); };
         const double product = momentum(1) * momentum(2) * momentum(3), next = momentum(4);
         const double g = v[1] + s[6] * v[0];
         v[2] = s[1] * v[2] + (1 - s[1]) * g;
         v[3] = s[2] * v[3] + (1 - s[2]) * g * g;
         v[0] -= s[0] * ((1 - momentum(3)) / (1 - product) * g + next / (1 - product * next) * v[2]) /
                 (std::sqrt(v[3] / (1 - std::pow(s[2], s[5]))) + s[3]);
       },
       1},
      {Op::radam,
       4,
       {0.1, 0.9, 0.999, 1e-4, 5, 0.01},
       [](double* v, const Values& s) {
         const double g = v[1] + s[5] * v[0];
         v[2] = s[1] * v[2] + (1 - s[1]) * g;
         v[3] = s[2] * v[3] + (1 - s[2]) * g * g;
         v[0] -= s[0] * v[2] / (1 - std::pow(s[1], s[4]));
       },
       1},
      {Op::radam,
       4,
       {0.1, 0.9, 0.999, 1e-4, 50, 0.01},
       [](double* v, const Values& s) {
         const double g = v[1] + s[5] * v[0], b = std::pow(s[2], s[4]), most = 2 / (1 - s[2]) - 1;
         const double rho = most - 2 * s[4] * b / (1 - b);
         v[2] = s[1] * v[2] + (1 - s[1]) * g;
         v[3] = s[2] * v[3] + (1 - s[2]) * g * g;
         const double r = std::sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
         v[0] -= s[0] * v[2] / (1 - std::pow(s[1], s[4])) * r * std::sqrt(1 - b) / (std::sqrt(v[3]) + s[3]);
       },
       1},
      {Op::lion,
       3,
       {0.1, 0.9, 0.99, 0.01},
       [](double* v, const Values& s) {
         const double d = s[1] * v[2] + (1 - s[1]) * v[1];
         v[0] -= s[0] * (s[3] * v[0] + (d > 0 ? 1 : d < 0 ? -1 : d));
         v[2] = s[2] * v[2] + (1 - s[2]) * v[1];
       }},
  };
  return ops;
}

constexpr std::size_t kRoom = 80;

template <class T>
std::vector<std::vector<T>> inputs_of(const Elementwise& test) {
  std::vector<std::vector<T>> inputs;
  for (std::size_t o = 0; o < test.operands; ++o) inputs.push_back(noise<T>(kRoom, 11 + static_cast<unsigned>(o)));
  for (std::size_t o = test.operands - test.squares; o < test.operands; ++o)
    for (auto& value : inputs[o]) value = std::abs(value);
  return inputs;
}

template <class T>
void run_kernel(const InstructionSet& set, const Elementwise& test, std::vector<std::vector<T>>& operands,
                std::size_t begin, std::size_t end) {
  void* pointers[kMaxOperands];
  for (std::size_t o = 0; o < test.operands; ++o) pointers[o] = operands[o].data() + begin;
  table_of<T>(set).kernels[static_cast<std::size_t>(test.op)](
      {1, end - begin, 0, 1, 0, pointers, test.scalars.data(), nullptr});
}

}  // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE_TEMPLATE("elementwise ops at every length and offset", T, float, double) {
  const double tolerance = 32 * std::numeric_limits<T>::epsilon();
  for (const auto& test : elementwise_ops()) {
    CAPTURE(static_cast<int>(test.op));
    std::vector<std::vector<T>> fused;
    each_instruction_set([&](const InstructionSet& set) {
      for (std::size_t n = 0; n <= 70; ++n) {
        const std::size_t begin = n % 7, end = begin + n;
        const auto before = inputs_of<T>(test);
        auto after = before;
        run_kernel<T>(set, test, after, begin, end);
        for (std::size_t i = 0; i < kRoom; ++i) {
          double v[kMaxOperands];
          for (std::size_t o = 0; o < test.operands; ++o) v[o] = before[o][i];
          if (i >= begin && i < end) test.reference(v, test.scalars);
          for (std::size_t o = 0; o < test.operands; ++o)
            REQUIRE(std::abs(after[o][i] - v[o]) <= tolerance * (1 + std::abs(v[o])));
        }
      }
      // Cut in two anywhere, it gives the same bits; and so do all sets that fuse.
      auto whole = inputs_of<T>(test), parts = whole;
      run_kernel<T>(set, test, whole, 0, 70);
      run_kernel<T>(set, test, parts, 0, 37);
      run_kernel<T>(set, test, parts, 37, 70);
      for (std::size_t o = 0; o < test.operands; ++o) {
        CHECK(same_bits(whole[o], parts[o]));
        if (is_fused(set.name) && !fused.empty()) CHECK(same_bits(whole[o], fused[o]));
      }
      if (is_fused(set.name)) fused = whole;
    });
  }
}

TEST_CASE_TEMPLATE("softmax, its backward and the losses, for 1 to 70 classes", T, float, double) {
  const double tolerance = 64 * std::numeric_limits<T>::epsilon();
  for (std::size_t classes = 1; classes <= 70; ++classes) {
    const std::size_t rows = 3;
    const double total_rows = 5, factor = 1;
    auto scores = noise<T>(rows * classes, static_cast<unsigned>(classes)), dy = noise<T>(rows * classes, 99);
    // Large enough that a naive exp would overflow.
    for (std::size_t j = 0; j < classes; ++j) scores[j] = scores[j] * 300 + 1000;
    std::vector<std::int32_t> labels{static_cast<std::int32_t>(classes - 1), 0, static_cast<std::int32_t>(classes / 2)};
    std::vector<T> fused;
    each_instruction_set([&](const InstructionSet& set) {
      const auto& table = table_of<T>(set);
      const auto call = [&](Op op, std::vector<void*> operands) {
        table.kernels[static_cast<std::size_t>(op)](
            {rows, classes, classes, static_cast<std::size_t>(total_rows), classes, operands.data(), &factor, nullptr});
      };
      std::vector<T> y(rows * classes), dx(rows * classes), losses(rows), ds(rows * classes), hinge_losses(rows),
          dhinge(rows * classes), mse_losses(rows), dmse(rows * classes), ce_losses(rows), dp(rows * classes);
      std::vector<std::int32_t> best(rows);
      call(Op::softmax, {scores.data(), y.data()});
      call(Op::softmax_backward, {dy.data(), y.data(), dx.data()});
      call(Op::softmax_cross_entropy, {scores.data(), labels.data(), losses.data(), ds.data()});
      call(Op::hinge, {scores.data(), labels.data(), hinge_losses.data(), dhinge.data()});
      call(Op::mse, {scores.data(), dy.data(), mse_losses.data(), dmse.data()});
      call(Op::cross_entropy, {y.data(), labels.data(), ce_losses.data(), dp.data()});
      call(Op::argmax, {scores.data(), best.data()});

      for (std::size_t r = 0; r < rows; ++r) {
        const T* s = &scores[r * classes];
        const auto label = static_cast<std::size_t>(labels[r]);
        double max = s[0], sum = 0, dot = 0, squares = 0, margins = 0, violations = 0;
        std::size_t first_max = 0;
        for (std::size_t j = 1; j < classes; ++j)
          if (s[j] > max) max = s[j], first_max = j;
        for (std::size_t j = 0; j < classes; ++j) sum += std::exp(s[j] - max);
        const auto softmax = [&](std::size_t j) { return std::exp(s[j] - max) / sum; };
        for (std::size_t j = 0; j < classes; ++j) {
          dot += dy[r * classes + j] * softmax(j);
          const double difference = double(s[j]) - dy[r * classes + j], margin = double(s[j]) - s[label] + 1;
          squares += difference * difference;
          if (j != label && margin > 0) margins += margin, violations += 1;
        }
        const auto near = [&](double got, double expected, double scale) {
          return std::abs(got - expected) <= tolerance * scale;
        };
        REQUIRE(best[r] == static_cast<std::int32_t>(first_max));
        REQUIRE(near(losses[r], std::log(sum) - (s[label] - max), 10 + std::abs(s[label] - max)));
        REQUIRE(near(hinge_losses[r], margins, 1000 * static_cast<double>(classes)));
        REQUIRE(near(mse_losses[r], squares / 2, 1 + squares));
        const double probability = std::max<double>(y[r * classes + label], std::numeric_limits<T>::min());
        REQUIRE(near(ce_losses[r], -std::log(probability), 1 - std::log(probability)));
        for (std::size_t j = 0; j < classes; ++j) {
          const std::size_t at = r * classes + j;
          // The exponent's own rounding grows with its argument.
          REQUIRE(near(y[at], softmax(j), 1 + std::abs(s[j] - max)));
          REQUIRE(near(dx[at], softmax(j) * (dy[at] - dot), 10 + std::abs(s[j] - max)));
          REQUIRE(near(ds[at], (softmax(j) - (j == label ? 1 : 0)) / total_rows, 1 + std::abs(s[j] - max)));
          REQUIRE(near(dmse[at], (double(s[j]) - dy[at]) / total_rows, 1000));
          const double hinge = j == label ? -violations : double(s[j]) - s[label] + 1 > 0 ? 1 : 0;
          REQUIRE(near(dhinge[at], hinge / total_rows, 1 + violations));
          if (j != label)
            REQUIRE(dp[at] == 0);
          else
            REQUIRE(near(double(dp[at]) * probability, -1 / total_rows, 1));
        }
      }
      for (const auto* part : {&dx, &losses, &ds, &mse_losses, &dmse}) y.insert(y.end(), part->begin(), part->end());
      if (is_fused(set.name) && !fused.empty()) CHECK(same_bits(y, fused));
      if (is_fused(set.name)) fused = y;
    });
  }
}

TEST_CASE_TEMPLATE("softmax passes NaN on, and extreme scores give finite losses", T, float, double) {
  each_instruction_set([](const InstructionSet& set) {
    std::vector<T> scores{1, kNaN<T>, 2, std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest(), 0}, y(6),
        losses(2), ds(6);
    std::vector<std::int32_t> labels{0, 1};
    const auto& table = table_of<T>(set);
    void* operands[] = {scores.data(), y.data()};
    table.kernels[static_cast<std::size_t>(Op::softmax)]({2, 3, 3, 2, 3, operands, nullptr, nullptr});
    for (std::size_t j = 0; j < 3; ++j) CHECK(std::isnan(y[j]));
    CHECK(y[3] == 1);
    scores = {350, 0, -350, 0, 349, 1};
    void* loss_operands[] = {scores.data(), labels.data(), losses.data(), ds.data()};
    table.kernels[static_cast<std::size_t>(Op::softmax_cross_entropy)](
        {2, 3, 3, 2, 3, loss_operands, nullptr, nullptr});
    for (const T loss : losses) CHECK(std::isfinite(loss));
    labels = {2, 0};
    table.kernels[static_cast<std::size_t>(Op::softmax_cross_entropy)](
        {2, 3, 3, 2, 3, loss_operands, nullptr, nullptr});
    CHECK(losses[0] == 700);
    CHECK(losses[1] == 349);
  });
}

TEST_CASE_TEMPLATE("column sums, reductions and gather", T, float, double) {
  const double tolerance = 64 * std::numeric_limits<T>::epsilon();
  for (std::size_t cols = 1; cols <= 70; cols += 3) {
    const std::size_t rows = 9, stride = cols + 4;
    auto x = noise<T>(rows * stride, 5);
    std::vector<T> fused;
    each_instruction_set([&](const InstructionSet& set) {
      const auto& table = table_of<T>(set);
      for (const double beta : {0.0, 0.5}) {
        std::vector<T> y(cols + 1, beta == 0 ? kNaN<T> : T(2));
        y[cols] = 77;
        void* operands[] = {x.data(), y.data()};
        table.kernels[static_cast<std::size_t>(Op::column_sum)](
            {rows, cols, stride, rows, 0, operands, &beta, nullptr});
        for (std::size_t j = 0; j < cols; ++j) {
          double sum = beta == 0 ? 0 : beta * 2;
          for (std::size_t r = 0; r < rows; ++r) sum += x[r * stride + j];
          REQUIRE(std::abs(y[j] - sum) <= tolerance * 10);
        }
        REQUIRE(y[cols] == 77);
        if (beta != 0) continue;
        if (is_fused(set.name) && !fused.empty()) CHECK(same_bits(y, fused));
        if (is_fused(set.name)) fused = y;
      }
      double partial = kNaN<double>, squares = 0, sum = 0;
      for (std::size_t j = 0; j < cols; ++j) squares += double(x[j]) * x[j], sum += x[j];
      void* operands[] = {x.data()};
      table.kernels[static_cast<std::size_t>(Op::add_l2)]({1, cols, 0, 1, 0, operands, nullptr, &partial});
      CHECK(std::abs(partial - squares) <= tolerance * 10);
      table.kernels[static_cast<std::size_t>(Op::mean)]({1, cols, 0, 1, 0, operands, nullptr, &partial});
      CHECK(std::abs(partial - sum) <= tolerance * 10);
    });
  }
  // Chains of 256 rows, whose sums are added in pairs.
  for (const std::size_t rows : {255u, 256u, 257u, 512u, 513u, 1000u, 1793u}) {
    for (const std::size_t cols : {1u, 10u, 67u}) {
      const auto x = noise<T>(rows * cols, 4);
      each_instruction_set([&](const InstructionSet& set) {
        std::vector<T> y(cols);
        void* operands[] = {const_cast<T*>(x.data()), y.data()};
        const double beta = 0;
        table_of<T>(set).kernels[static_cast<std::size_t>(Op::column_sum)](
            {rows, cols, cols, rows, 0, operands, &beta, nullptr});
        const std::function<T(std::size_t, std::size_t, std::size_t)> sum = [&](std::size_t j, std::size_t first,
                                                                                std::size_t last) {
          T total = 0;
          std::size_t left = 256;
          if (last - first > left) {
            while (left * 2 < last - first) left *= 2;
            return sum(j, first, first + left) + sum(j, first + left, last);
          }
          for (std::size_t r = first; r < last; ++r) total += x[r * cols + j];
          return total;
        };
        for (std::size_t j = 0; j < cols; ++j) REQUIRE(y[j] == sum(j, 0, rows));
      });
    }
  }
  // Rows together give the bits of each row alone.
  const std::size_t rows = 7;
  for (const std::size_t cols : {64u, 65u, 4096u}) {
    const auto x = noise<T>(rows * cols, 9);
    each_instruction_set([&](const InstructionSet& set) {
      const auto& table = table_of<T>(set);
      for (const Op op : {Op::add_l2, Op::add_l1, Op::mean, Op::norm}) {
        Kernel* const kernel = table.kernels[static_cast<std::size_t>(op)];
        const auto sums = [&](std::size_t first, std::size_t count, double* partials) {
          void* operands[] = {const_cast<T*>(x.data()) + first * cols};
          kernel({count, cols, cols, 1, 0, operands, nullptr, partials});
        };
        std::vector<double> together(rows + 1, 77), alone(rows + 1, 77);
        sums(0, rows, together.data());
        for (std::size_t r = 0; r < rows; ++r) sums(r, 1, &alone[r]);
        CHECK(same_bits(together, alone));
      }
    });
  }
  std::vector<std::uint8_t> data(40);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 6);
  std::vector<std::int32_t> numbers{7, 0, 7};
  each_instruction_set([&](const InstructionSet& set) {
    std::vector<T> out(15);
    void* operands[] = {data.data(), numbers.data(), out.data()};
    table_of<T>(set).gather[3]({3, 5, 5, 3, 0, operands, nullptr, nullptr});
    for (std::size_t r = 0; r < 3; ++r)
      for (std::size_t j = 0; j < 5; ++j) CHECK(out[r * 5 + j] == data[static_cast<std::size_t>(numbers[r]) * 5 + j]);
  });
}

template <class T, class From>
void check_data_columns(std::size_t dtype) {
  for (std::size_t cols : {1, 3, 4, 15, 17, 64, 255, 259, 600}) {
    const std::size_t rows = 37, stride = cols + 5;
    std::vector<From> x(rows * stride);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<From>(i * 2654435761u >> 25);
    const auto shift = noise<T>(cols, 1), scale = noise<T>(cols, 2);
    const T factor = 0.25;
    std::vector<T> sums(cols, 3), low(cols, 5), high(cols, 7), off_sums(cols, 3), squares(cols, 4);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t j = 0; j < cols; ++j) {
        const T value = static_cast<T>(x[r * stride + j]), off = value * scale[j] - shift[j];
        sums[j] += (value - shift[j]) * factor;
        low[j] = std::min(low[j], value), high[j] = std::max(high[j], value);
        off_sums[j] += off, squares[j] += off * off;
      }
    }
    each_instruction_set([&](const InstructionSet& set) {
      const auto& table = table_of<T>(set);
      std::vector<T> got[5] = {std::vector<T>(cols + 1, 3), std::vector<T>(cols + 1, 5), std::vector<T>(cols + 1, 7),
                               std::vector<T>(cols + 1, 3), std::vector<T>(cols + 1, 4)};
      const double scalar = 0.25;
      const auto constant = [](const std::vector<T>& values) { return const_cast<T*>(values.data()); };
      // Some rows, and then the others.
      for (const auto& [first, last] : {std::pair<std::size_t, std::size_t>{0, 11}, {11, rows}}) {
        From* const from = x.data() + first * stride;
        void* summary[] = {from, constant(shift), got[0].data(), got[1].data(), got[2].data()};
        table.column_summary[dtype]({last - first, cols, stride, rows, 0, summary, &scalar, nullptr});
        void* moments[] = {from, constant(scale), constant(shift), got[3].data(), got[4].data()};
        table.column_moments[dtype]({last - first, cols, stride, rows, 0, moments, nullptr, nullptr});
      }
      const T beyond[] = {3, 5, 7, 3, 4};
      const std::vector<T>* const wanted[] = {&sums, &low, &high, &off_sums, &squares};
      for (std::size_t i = 0; i < 5; ++i) {
        REQUIRE(got[i].back() == beyond[i]);
        got[i].pop_back();
        CHECK(same_bits(got[i], *wanted[i]));
      }
    });
  }
}

TEST_CASE_TEMPLATE("columns of data are summed row after row, to the bit", T, float, double) {
  check_data_columns<T, float>(0);
  check_data_columns<T, double>(1);
  check_data_columns<T, std::int32_t>(2);
  check_data_columns<T, std::uint8_t>(3);
}

TEST_CASE("the range of a column passes NaN over and keeps the first of two zeros") {
  each_instruction_set([](const InstructionSet& set) {
    std::vector<double> x{kNaN<double>, -0.0, 1, 0, -2, kNaN<double>}, shift(2), sums(2), low(2, kInfinity<double>),
        high(2, -kInfinity<double>);
    const double scale = 1;
    void* operands[] = {x.data(), shift.data(), sums.data(), low.data(), high.data()};
    set.f64.column_summary[1]({3, 2, 2, 3, 0, operands, &scale, nullptr});
    CHECK(std::isnan(sums[0]));
    CHECK(low == std::vector<double>{-2, -0.0});
    CHECK(high == std::vector<double>{1, -0.0});
    CHECK(std::signbit(low[1]));
    CHECK(std::signbit(high[1]));
  });
}

TEST_CASE("the bias gradient of a million rows is as exact as that of a few") {
  for (const std::size_t rows : {60'000u, 1'000'000u}) {
    auto x = noise<float>(rows * 3, 8);
    double expected[3] = {};
    for (std::size_t i = 0; i < x.size(); ++i) expected[i % 3] += x[i] = std::abs(x[i]);
    each_instruction_set([&](const InstructionSet& set) {
      float y[3];
      void* operands[] = {x.data(), y};
      const double beta = 0;
      set.f32.kernels[static_cast<std::size_t>(Op::column_sum)]({rows, 3, 3, rows, 0, operands, &beta, nullptr});
      for (std::size_t j = 0; j < 3; ++j) CHECK(std::abs(y[j] / expected[j] - 1) < 1e-6);
    });
  }
}

TEST_CASE("in float32, only results that do not fit are infinite") {
  each_instruction_set([](const InstructionSet& set) {
    std::vector<float> scores{3e38f, -3e38f, 2e19f, 0}, targets{0, 1, 0.5f, 0}, losses(2), ds(4);
    void* operands[] = {scores.data(), targets.data(), losses.data(), ds.data()};
    const double factor = 1;
    const auto call = [&](Op op) {
      set.f32.kernels[static_cast<std::size_t>(op)]({2, 2, 2, 2, 2, operands, &factor, nullptr});
    };
    call(Op::softmax_cross_entropy_targets);
    CHECK(losses[0] == kInfinity<float>);
    CHECK(losses[1] == 0);
    CHECK(ds[1] == -0.5f);
    targets = {1, 0, 0.1f, 0.9f};
    call(Op::softmax_cross_entropy_targets);
    CHECK(losses[0] == 0);
    CHECK(losses[1] == doctest::Approx(1.8e19));
    targets = {2.9e38f, -2.9e38f, 0, 0};
    call(Op::mse);
    CHECK(losses[0] == kInfinity<float>);
    CHECK(ds[0] == doctest::Approx(5e36));
    CHECK(losses[1] == doctest::Approx(2e38));
    std::vector<float> large{1e20f, -2e38f, 3e38f};
    double partial = 0;
    void* of_large[] = {large.data()};
    set.f32.kernels[static_cast<std::size_t>(Op::add_l2)]({1, 3, 3, 1, 0, of_large, nullptr, &partial});
    CHECK(partial == doctest::Approx(13e76));
  });
}

TEST_CASE("rows far from zero are normalized in double, and rounded") {
  const std::size_t cols = 37;
  std::vector<double> shift(cols, 1.7e9 + 5.1), scale(cols, 0.25), rows;
  std::vector<std::int32_t> whole;
  for (std::size_t j = 0; j < cols; ++j) rows.push_back(1.7e9 + 0.5 * j), whole.push_back(1'700'000'000 + int(j));
  each_instruction_set([&](const InstructionSet& set) {
    std::vector<float> y(cols);
    void* operands[] = {rows.data(), nullptr, y.data(), shift.data(), scale.data()};
    set.f64.normalized[1][0]({1, cols, cols, 1, 0, operands, nullptr, nullptr});
    for (std::size_t j = 0; j < cols; ++j) CHECK(y[j] == static_cast<float>((rows[j] - shift[j]) * scale[j]));
    operands[0] = whole.data();
    set.f64.normalized[2][0]({1, cols, cols, 1, 0, operands, nullptr, nullptr});
    for (std::size_t j = 0; j < cols; ++j) CHECK(y[j] == static_cast<float>((whole[j] - shift[j]) * scale[j]));
  });
}

TEST_CASE("rows are standardized by a division in double, and rounded") {
  const std::size_t cols = 37;
  std::vector<double> shift(cols, 0.1), scale(cols);
  std::vector<std::uint8_t> rows(cols);
  for (std::size_t j = 0; j < cols; ++j) scale[j] = 3 + 0.7 * j, rows[j] = static_cast<std::uint8_t>(j * 7);
  each_instruction_set([&](const InstructionSet& set) {
    std::vector<float> y(cols);
    std::vector<double> exact(cols);
    void* operands[] = {rows.data(), nullptr, y.data(), shift.data(), scale.data()};
    set.f64.standardized[3][0]({1, cols, cols, 1, 0, operands, nullptr, nullptr});
    operands[2] = exact.data();
    set.f64.standardized[3][1]({1, cols, cols, 1, 0, operands, nullptr, nullptr});
    for (std::size_t j = 0; j < cols; ++j) {
      CHECK(exact[j] == (rows[j] - shift[j]) / scale[j]);
      CHECK(y[j] == static_cast<float>(exact[j]));
    }
  });
}

TEST_CASE_TEMPLATE("normalization is the same gathered and by rows, on every instruction set", T, float, double) {
  for (std::size_t cols = 1; cols <= 200; cols = cols * 2 + 3) {
    const std::size_t rows = 3;
    auto shift = noise<T>(cols, 6), scale = noise<T>(cols, 7);
    std::vector<std::uint8_t> data(9 * cols);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 37);
    std::vector<std::int32_t> numbers{8, 0, 4};
    std::vector<T> picked;
    for (const std::int32_t number : numbers)
      for (std::size_t j = 0; j < cols; ++j) picked.push_back(T(data[static_cast<std::size_t>(number) * cols + j]));
    each_instruction_set([&](const InstructionSet& set) {
      const auto& table = table_of<T>(set);
      std::vector<T> gathered(rows * cols + 1, T(77)), normalized(rows * cols + 1, T(77));
      constexpr std::size_t own = sizeof(T) == sizeof(double) ? 1 : 0;
      void* from_data[] = {data.data(), numbers.data(), gathered.data(), shift.data(), scale.data()};
      table.normalized[3][own]({rows, cols, cols, rows, 0, from_data, nullptr, nullptr});
      void* from_rows[] = {picked.data(), nullptr, normalized.data(), shift.data(), scale.data()};
      table.normalized[own][own]({rows, cols, cols, rows, 0, from_rows, nullptr, nullptr});
      CHECK(same_bits(gathered, normalized));
      for (std::size_t i = 0; i < rows * cols; ++i)
        REQUIRE(normalized[i] == (picked[i] - shift[i % cols]) * scale[i % cols]);
    });
  }
}

TEST_SUITE_END();

}  // namespace gemmnet::test
