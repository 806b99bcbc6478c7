#include "text_rows.h"

#include <limits>

#include "decimal.h"

namespace gemmnet {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class RowCutter {
 public:
  RowCutter(const char* text, std::size_t end, const std::uint8_t* meanings, int point, const TextCells& cells)
      : text_(text),
        end_(text + end),
        meanings_(meanings),
        point_(point),
        skips_blanks_(meanings[' '] == kOrdinary),
        cells_(cells) {}

  // Returns where the next row begins, or null where this one is not plain, or has cells for which there is no room up
  // to `most`.
  const char* cut(const char* at, std::size_t& count, std::size_t most) {
    for (;; ++at) {
      if (count == most || at == end_) return nullptr;
      at = *at == '"' ? quoted(at, count) : bare(at, count);
      if (at == nullptr || at == end_) return nullptr;
      ++count;
      const std::uint8_t meaning = meaning_of(at);
      if (meaning == kDelimiter) continue;
      return line_end(at);
    }
  }

  // Behind the line that ends here in LF or CRLF; null where none does.
  const char* line_end(const char* at) const {
    if (at == end_) return nullptr;
    const std::uint8_t meaning = meaning_of(at);
    if (meaning == kLineFeed) return at + 1;
    return meaning == kReturn && at + 1 != end_ && at[1] == '\n' ? at + 2 : nullptr;
  }

 private:
  std::uint8_t meaning_of(const char* at) const { return meanings_[static_cast<unsigned char>(*at)]; }

  // Each returns where the cell ends with its quotes: at a byte that means something, at the end of the text, or null.
  const char* bare(const char* at, std::size_t cell) {
    const char* start = at;
    if (skips_blanks_) at = behind_blanks(at);
    const Decimal number = read_decimal(at, end_, point_);
    at = skips_blanks_ ? behind_blanks(number.end) : number.end;
    const bool is_number = at != end_ && meaning_of(at) != kOrdinary;
    while (at != end_ && meaning_of(at) == kOrdinary) ++at;
    keep(cell, start, at, is_number ? number.value : kNaN);
    return at;
  }

  const char* quoted(const char* at, std::size_t cell) {
    const char* start = at + 1;
    const Decimal number = read_decimal(start, end_, point_);
    at = number.end;
    for (; at != end_ && *at != '"'; ++at)
      if (*at == '\n' || *at == '\r') return nullptr;
    // What follows shows whether it is the first of two.
    if (at == end_ || at + 1 == end_ || meaning_of(at + 1) == kOrdinary) return nullptr;
    keep(cell, start, at, at == number.end ? number.value : kNaN);
    return at + 1;
  }

  const char* behind_blanks(const char* at) const {
    while (at != end_ && *at == ' ') ++at;
    return at;
  }

  void keep(std::size_t cell, const char* start, const char* end, double number) {
    cells_.starts[cell] = static_cast<std::int32_t>(start - text_);
    cells_.ends[cell] = static_cast<std::int32_t>(end - text_);
    cells_.numbers[cell] = number;
  }

  const char* text_;
  const char* end_;
  const std::uint8_t* meanings_;
  int point_;
  bool skips_blanks_;
  TextCells cells_;
};

}  // namespace

std::size_t cut_rows(const char* text, std::size_t start, std::size_t end, const std::uint8_t* meanings, int point,
                     std::size_t columns, const TextCells& cells, TextRow* rows, std::size_t most_rows) {
  RowCutter cutter(text, end, meanings, point, cells);
  const char* at = text + start;
  std::size_t count = 0;
  std::int32_t line = 0;
  std::size_t row = 0;
  for (; row < most_rows; ++row, ++line) {
    for (const char* next; (next = cutter.line_end(at)) != nullptr; at = next) ++line;
    const std::size_t most = columns < cells.most - count ? count + columns : cells.most;
    at = cutter.cut(at, count, most);
    if (at == nullptr) break;
    rows[row] = {static_cast<std::int32_t>(count), line, static_cast<std::int32_t>(at - text)};
  }
  return row;
}

}  // namespace gemmnet
