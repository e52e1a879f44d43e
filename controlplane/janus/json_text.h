// JSON as text, written member by member (RFC 8259): what is said to clients is built so, and what
// is JSON text already, such as a participant's metadata, is put in as it is. Values; any thread.
//
//   ObjectText event{{"videoroom", "event"}, {"room", 1234}};
//   event.add_json("metadata", text);
//   std::move(event).text();  // {"videoroom":"event","room":1234,"metadata":...}
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace penstock::janus {

// A value that is JSON text already.
struct JsonText {
  std::string text;
};

// A value as it is written: a text is quoted, JsonText is not.
class TextValue {
 public:
  template <std::integral T>
  TextValue(T number) : number_(std::to_string(number)), json_(number_) {}
  TextValue(bool flag) : json_(flag ? "true" : "false") {}
  TextValue(std::string_view text) : json_(text), is_quoted_(true) {}
  TextValue(const std::string& text) : TextValue(std::string_view(text)) {}
  TextValue(const char* text) : TextValue(std::string_view(text)) {}
  TextValue(const JsonText& json) : json_(json.text) {}
  TextValue(const TextValue&) = delete;
  TextValue& operator=(const TextValue&) = delete;

  void append_to(std::string& out) const;

 private:
  std::string number_;
  std::string_view json_;
  bool is_quoted_ = false;
};

// Appends a string with its quotes and what must be escaped in it.
void append_quoted(std::string& out, std::string_view text);

class ObjectText;

class ArrayText {
 public:
  ArrayText() = default;

  void add(const TextValue& value);
  void add(ObjectText object);

  std::string text() &&;
  JsonText json() && { return {std::move(*this).text()}; }

 private:
  friend ObjectText;
  // An array behind `text`.
  explicit ArrayText(std::string text) : text_(std::move(text)) { text_ += '['; }

  std::string text_ = "[";
  bool is_empty_ = true;
};

class ObjectText {
 public:
  struct Member {
    std::string_view name;
    TextValue value;
  };

  ObjectText() = default;
  ObjectText(std::initializer_list<Member> members);

  // Room for an object of so many bytes, so that a long one is not moved about as it grows.
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  ObjectText& add(std::string_view name, const TextValue& value);
  // `json` is one value.
  ObjectText& add_json(std::string_view name, std::string_view json);
  // `write(ArrayText&)` adds the items, which are written in their place: for long lists.
  template <typename Write>
  ObjectText& add_array(std::string_view name, Write&& write) {
    add_name(name);
    ArrayText items(std::move(text_));
    write(items);
    text_ = std::move(items).text();
    return *this;
  }

  // The whole object. Nothing can be added afterwards.
  std::string text() &&;
  // Likewise, as a value of another object.
  JsonText json() && { return {std::move(*this).text()}; }

 private:
  void add_name(std::string_view name);

  std::string text_ = "{";
};

inline void ArrayText::add(ObjectText object) { add(std::move(object).json()); }

}  // namespace penstock::janus
