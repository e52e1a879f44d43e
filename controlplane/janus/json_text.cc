#include "controlplane/janus/json_text.h"

namespace penstock::janus {

void append_quoted(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 0x0F];
    } else {
      out += c;
    }
  }
  out += '"';
}

void TextValue::append_to(std::string& out) const {
  if (is_quoted_) return append_quoted(out, json_);
  out += json_;
}

ObjectText::ObjectText(std::initializer_list<Member> members) {
  for (const Member& member : members) add(member.name, member.value);
}

void ObjectText::add_name(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  append_quoted(text_, name);
  text_ += ':';
}

ObjectText& ObjectText::add(std::string_view name, const TextValue& value) {
  add_name(name);
  value.append_to(text_);
  return *this;
}

ObjectText& ObjectText::add_json(std::string_view name, std::string_view json) {
  add_name(name);
  text_ += json;
  return *this;
}

std::string ObjectText::text() && {
  text_ += '}';
  return std::move(text_);
}

void ArrayText::add(const TextValue& value) {
  if (!is_empty_) text_ += ',';
  is_empty_ = false;
  value.append_to(text_);
}

std::string ArrayText::text() && {
  text_ += ']';
  return std::move(text_);
}

}  // namespace penstock::janus
