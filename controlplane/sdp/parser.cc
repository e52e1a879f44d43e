#include "controlplane/sdp/parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "controlplane/sdp/attribute_values.h"
#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/media_parser.h"
#include "controlplane/sdp/refusal.h"
#include "controlplane/sdp/tokens.h"
#include "controlplane/sdp/transport_parser.h"

namespace penstock::sdp {
namespace {

// Reads a description line by line. One object per description.
class Parser {
 public:
  std::expected<SessionDescription, std::string> parse(std::string_view text);

 private:
  static std::unexpected<std::string> refusal(std::size_t line, std::string_view what,
                                              std::string_view why);
  Refusal read_line(std::string_view line);
  Refusal read_media_line(std::string_view value);
  Refusal read_attribute(std::string_view attribute);
  Refusal read_session_attribute(std::string_view name, std::string_view value);
  void read_session_flag(std::string_view name);
  Refusal group(std::string_view value);
  Refusal msid_semantic(std::string_view value);
  void finish_media();

  SessionDescription description_;
  bool have_version_ = false;
  bool have_origin_ = false;
  Direction direction_ = Direction::kSendRecv;
  std::optional<MediaParser> media_;  // the section we are in; none at the session level
  MidSet mids_;
};

std::expected<SessionDescription, std::string> Parser::parse(std::string_view text) {
  if (text.size() > kDescriptionBytesMax) return std::unexpected("description too long");
  std::size_t number = 0;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (++number > kDescriptionLinesMax) return refusal(number, {}, "too many lines");
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (const Refusal why = read_line(line); !why.empty()) return refusal(number, line, why);
  }
  if (!have_origin_) return refusal(number, {}, "no o= line");
  finish_media();
  return std::move(description_);
}

// Names the line but repeats none of its values, which may be secrets or not be text.
std::unexpected<std::string> Parser::refusal(std::size_t line, std::string_view what,
                                             std::string_view why) {
  std::string text = "line " + std::to_string(line) + ": ";
  if (what.size() >= 2 && what[1] == '=' && is_alphanumeric(what[0])) {
    text += what.substr(0, 2);
    const std::string_view name = what.substr(2, std::min(what.find(':'), what.size()) - 2);
    if (what[0] == 'a' && name.size() <= 32 && is_token(name)) text += name;
    text += ": ";
  }
  return std::unexpected(text.append(why));
}

Refusal Parser::read_line(std::string_view line) {
  if (line.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos) {
    return "carriage return or NUL within a line";
  }
  if (line.size() < 2 || line[1] != '=') return "not a <type>=<value> line";
  const std::string_view value = line.substr(2);
  if (!have_version_) {
    have_version_ = line == "v=0";
    return have_version_ ? Refusal{} : "the first line is not v=0";
  }
  switch (line[0]) {
    case 'o':
      have_origin_ = true;
      return store(description_.origin, parse_origin(value));
    case 's':
      description_.name = value;
      return {};
    case 'm':
      return read_media_line(value);
    case 'a':
      return read_attribute(value);
    case 'b':
      return media_ ? media_->read_bandwidth(value) : Refusal{};
    case 'c':
    case 'e':
    case 'i':
    case 'k':
    case 'p':
    case 'r':
    case 't':
    case 'u':
    case 'z':
      return {};
    default:  // RFC 8866 section 5 lets us refuse types that we do not know
      return "unknown type of line";
  }
}

Refusal Parser::read_media_line(std::string_view value) {
  finish_media();
  if (description_.media.size() == kMediaDescriptionsMax) return kTooMany;
  return media_.emplace().read_media_line(value);
}

void Parser::finish_media() {
  if (media_) description_.media.push_back(media_->finish(direction_));
  media_.reset();
}

Refusal Parser::read_attribute(std::string_view attribute) {
  const bool has_value = attribute.find(':') != std::string_view::npos;
  std::string_view value = attribute;
  const std::string_view name = take_until(value, ':');
  if (media_) {
    return has_value ? media_->read_attribute(name, value, mids_) : media_->read_flag(name);
  }
  if (has_value) return read_session_attribute(name, value);
  read_session_flag(name);
  return {};
}

Refusal Parser::read_session_attribute(std::string_view name, std::string_view value) {
  if (name == "group") return group(value);
  if (name == "msid-semantic") return msid_semantic(value);
  return read_transport_attribute(name, value, description_.transport).value_or(Refusal{});
}

void Parser::read_session_flag(std::string_view name) {
  direction_ = parse_direction(name).value_or(direction_);
  if (name == "ice-lite") description_.ice_lite = true;
  if (name == "extmap-allow-mixed") description_.extmap_allow_mixed = true;
}

Refusal Parser::group(std::string_view value) {
  if (take_word(value) != "BUNDLE") return {};
  std::vector<std::string>& mids = description_.bundle_groups.emplace_back();
  for (std::string_view word = take_word(value); !word.empty(); word = take_word(value)) {
    if (mids.size() == kMediaDescriptionsMax) return kTooMany;
    mids.emplace_back(word);
  }
  return {};
}

Refusal Parser::msid_semantic(std::string_view value) {
  const std::size_t begin = value.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  description_.msid_semantic = value.substr(begin);
  return {};
}

}  // namespace

std::expected<SessionDescription, std::string> parse_session_description(std::string_view text) {
  return Parser().parse(text);
}

}  // namespace penstock::sdp
