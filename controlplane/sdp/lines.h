// The lines of a description that is written. Internal to the writers.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace penstock::sdp {

// Collects lines. Texts are copied without CR, LF and NUL, so that no value, wherever it comes
// from, can add a line of its own.
class Lines {
 public:
  void add(std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) {
      for (const char c : part) {
        if (c != '\r' && c != '\n' && c != '\0') text_ += c;
      }
    }
    text_ += "\r\n";
  }
  void add_if(bool present, std::string_view line) {
    if (present) add({line});
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace penstock::sdp
