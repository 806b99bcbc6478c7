// The sums of many registers at once, each folded by halves as reduce_add does it, so with the same bits: two registers
// that share each shuffle take half as long, and the sums end up side by side.
#pragma once

#include <array>
#include <utility>

#include "vec.h"

namespace gemmnet {
namespace {

template <class T>
class Folding {
 public:
  template <std::size_t Count>
  static constexpr std::size_t registers = (Count + Vec<T>::width - 1) / Vec<T>::width;

  // Lane i of the sums, counted through all registers, is what fold_lanes makes of chains[i].
  template <std::size_t Count>
  static void run(const Vec<T> (&chains)[Count][kRegisters<T>], Vec<T> (&sums)[registers<Count>]) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { ((sums[I] = node<Count, I * width, 0, width>(chains)), ...); }
    (std::make_index_sequence<registers<Count>>());
  }

  // The sums from the given one on, and beyond the last one anything.
  template <std::size_t First, std::size_t Registers>
  static Vec<T> from(const Vec<T> (&sums)[Registers]) {
    constexpr std::size_t at = First / width, next = at + 1 < Registers ? at + 1 : at;
    return [&]<std::size_t... L>(std::index_sequence<L...>)->Vec<T> {
      return {__builtin_shufflevector(sums[at].v, sums[next].v, static_cast<int>(First % width + L)...)};
    }
    (std::make_index_sequence<width>());
  }

 private:
  static constexpr std::size_t width = Vec<T>::width;
  // Lanes of a 128-bit part: shuffles within those are the cheap ones.
  static constexpr std::size_t part = 16 / sizeof(T);
  using Lanes = std::array<std::size_t, width>;

  // Where lane l of a step comes from, when registers x and y hold groups of `group` lanes each of which is folded to
  // half as many: below width from x, else from y.
  static constexpr std::size_t source(std::size_t group, bool upper, std::size_t l) {
    const std::size_t half = group / 2, span = group > part ? width : part;
    const std::size_t base = l / span * span, at = l % span, from_y = at / (span / 2), in_half = at % (span / 2);
    return from_y * width + base + in_half / half * group + in_half % half + (upper ? half : 0);
  }

  // Which leaf of the tree each lane of the result belongs to.
  static constexpr Lanes leaves(std::size_t first, std::size_t count) {
    Lanes lanes{};
    if (count == 1) {
      for (auto& lane : lanes) lane = first;
      return lanes;
    }
    const Lanes x = leaves(first, count / 2), y = leaves(first + count / 2, count / 2);
    for (std::size_t l = 0; l < width; ++l) {
      const std::size_t from = source(2 * width / count, false, l);
      lanes[l] = from < width ? x[from] : y[from - width];
    }
    return lanes;
  }

  // The lane in which the sum of a leaf ends.
  static constexpr std::size_t lane_of(std::size_t leaf) {
    const Lanes lanes = leaves(0, width);
    for (std::size_t l = 0; l < width; ++l)
      if (lanes[l] == leaf) return l;
    return width;
  }

  template <std::size_t Group, bool Upper, std::size_t... L>
  static Vec<T> halves(Vec<T> x, Vec<T> y, std::index_sequence<L...>) {
    return {__builtin_shufflevector(x.v, y.v, source(Group, Upper, L)...)};
  }

  static constexpr bool any(std::size_t count, std::size_t base, std::size_t leaf, std::size_t n) {
    for (std::size_t i = leaf; i < leaf + n; ++i)
      if (base + lane_of(i) < count) return true;
    return false;
  }

  // The leaves [Leaf, Leaf + N), folded until each has width / N lanes. Registers from Base + width on are another
  // tree's; those from Count on do not exist. (A pointer: of arrays of different lengths g++ merges what is compiled to
  // the same code, and then warns of the longer one.)
  template <std::size_t Count, std::size_t Base, std::size_t Leaf, std::size_t N>
  static Vec<T> node(const Vec<T> (*registers)[kRegisters<T>]) {
    if constexpr (N == 1) {
      return fold_registers<T>(registers[Base + lane_of(Leaf)]);
    } else if constexpr (!any(Count, Base, Leaf + N / 2, N / 2)) {
      return join<N>(node<Count, Base, Leaf, N / 2>(registers));
    } else if constexpr (!any(Count, Base, Leaf, N / 2)) {
      return join<N>(node<Count, Base, Leaf + N / 2, N / 2>(registers));
    } else {
      return join<N>(node<Count, Base, Leaf, N / 2>(registers), node<Count, Base, Leaf + N / 2, N / 2>(registers));
    }
  }

  template <std::size_t N>
  static Vec<T> join(Vec<T> x, Vec<T> y) {
    constexpr std::size_t group = 2 * width / N;
    using All = std::make_index_sequence<width>;
    return halves<group, false>(x, y, All()) + halves<group, true>(x, y, All());
  }
  template <std::size_t N>
  static Vec<T> join(Vec<T> only) {
    return join<N>(only, only);
  }
};

}  // namespace
}  // namespace gemmnet
