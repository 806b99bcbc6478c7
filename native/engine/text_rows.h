// Rows of a table that is text, cut into cells: those that are plain. lib/io/csv/csv-records.ts reads all of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gemmnet {

// What a byte means outside of quotes; anything else than these means that its row is not plain, but for a carriage
// return before a line feed.
enum ByteMeaning : std::uint8_t { kOrdinary = 0, kDelimiter = 1, kLineFeed = 2, kReturn = 4 };

struct TextRow {
  std::int32_t cells;  // of this row and those before
  std::int32_t line;   // of this row, behind that of the first byte
  std::int32_t end;    // where the text goes on
};

// Where the cells go. Cells in quotes are without them.
struct TextCells {
  std::int32_t* starts;
  std::int32_t* ends;
  double* numbers;  // NaN where a cell is none, or where its text has to be asked (read_decimal)
  std::size_t most;
};

// Cuts the rows of text[start, end), up to the first one that is not plain (with a quote doubled or out of its place,
// or a line break in quotes; more than `columns` cells; not ended by LF or CRLF here) or that finds no room. Empty
// lines are passed over. `meanings` has 256 entries, and `point` is as for read_decimal. Returns how many rows it has
// cut.
std::size_t cut_rows(const char* text, std::size_t start, std::size_t end, const std::uint8_t* meanings, int point,
                     std::size_t columns, const TextCells& cells, TextRow* rows, std::size_t most_rows);

}  // namespace gemmnet
