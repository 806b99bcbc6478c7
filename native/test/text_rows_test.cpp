#include "../engine/text_rows.h"

#include <cmath>
#include <string>
#include <vector>

#include "support.h"

namespace gemmnet::test {
namespace {

struct Cut {
  std::vector<std::vector<std::string>> rows;
  std::vector<int> lines;
  std::vector<double> numbers;
  std::size_t end = 0;
};

Cut cut(const std::string& text, std::size_t columns = 100, std::size_t room = 100, std::size_t most_rows = 100) {
  std::vector<std::uint8_t> meanings(256);
  meanings[','] = kDelimiter, meanings['\n'] = kLineFeed, meanings['\r'] = kReturn, meanings['"'] = 8,
  meanings['#'] = 16;
  // Of their exact lengths, so that a sanitizer sees what is written behind them.
  std::vector<std::int32_t> starts(room), ends(room);
  std::vector<double> numbers(room);
  std::vector<TextRow> rows(most_rows);
  const std::vector<char> bytes(text.begin(), text.end());
  const std::size_t count = cut_rows(bytes.data(), 0, bytes.size(), meanings.data(), '.', columns,
                                     {starts.data(), ends.data(), numbers.data(), room}, rows.data(), most_rows);
  Cut result;
  std::int32_t cell = 0;
  for (std::size_t r = 0; r < count; ++r) {
    std::vector<std::string> cells;
    for (; cell < rows[r].cells; ++cell) {
      cells.push_back(text.substr(starts[cell], ends[cell] - starts[cell]));
      result.numbers.push_back(numbers[cell]);
    }
    result.rows.push_back(cells);
    result.lines.push_back(rows[r].line);
    result.end = rows[r].end;
  }
  return result;
}

using Rows = std::vector<std::vector<std::string>>;

}  // namespace

TEST_SUITE_BEGIN("text_rows");

TEST_CASE("cells, their numbers, and lines") {
  const Cut it = cut("a, 1.5 ,\n\n\r\n\"x,y\",\"2\",2 3\r\n-4,5,6");
  CHECK(it.rows == Rows{{"a", " 1.5 ", ""}, {"x,y", "2", "2 3"}});
  CHECK(it.lines == std::vector<int>{0, 3});
  CHECK(it.end == 27);
  CHECK(std::isnan(it.numbers[0]));
  CHECK(it.numbers[1] == 1.5);
  CHECK(std::isnan(it.numbers[2]));
  CHECK(it.numbers[4] == 2);
  CHECK(std::isnan(it.numbers[5]));
}

TEST_CASE("stops before what is not plain") {
  for (const std::string text : {"\"a\"\"b\"\n", "\"a\nb\"\n", "a\"b\"\n", "\"a\"b\n", "a\rb\n", "a#b\n", "#\n", "\"a",
                                 "\"a\"", "a", "a\r", "a,", "1", "\""}) {
    CAPTURE(text);
    CHECK(cut(text).rows.empty());
    CHECK(cut("1,2\n" + text).rows == Rows{{"1", "2"}});
  }
}

TEST_CASE("stops where there is no room") {
  const std::string text = "1,2\n3,4\n5,6\n";
  CHECK(cut(text, 1).rows.empty());
  CHECK(cut(text, 2).rows.size() == 3);
  for (std::size_t room = 0; room <= 6; ++room) CHECK(cut(text, 2, room).rows.size() == room / 2);
  for (std::size_t most = 0; most <= 3; ++most) CHECK(cut(text, 2, 100, most).rows.size() == most);
}

TEST_SUITE_END();

}  // namespace gemmnet::test
