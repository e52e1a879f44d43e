#include "controlplane/sdp/parser.h"

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

// "line 12: a=mid: malformed value": names the line but repeats none of its values, which may be
// secrets or not be text.
std::string describe(std::size_t number, std::string_view line, std::string_view why) {
  std::string text = "line " + std::to_string(number) + ": ";
  if (line.size() >= 2 && line[1] == '=' && is_alphanumeric(line[0])) {
    text += line.substr(0, 2);
    std::string_view name = line.substr(2);
    name = trimmed(take_until(name, ':'));
    if (line[0] == 'a' && name.size() <= 32 && is_token(name)) text += name;
    text += ": ";
  }
  return text.append(why);
}

// Reads a description line by line. One object per description.
class Parser {
 public:
  explicit Parser(Warnings* warnings) : warnings_(warnings) {}

  std::expected<SessionDescription, std::string> parse(std::string_view text);

 private:
  AttributeRefusal read_line(std::string_view line);
  Refusal read_media_line(std::string_view value);
  AttributeRefusal read_attribute(std::string_view attribute);
  Refusal read_session_attribute(std::string_view name, std::string_view value);
  void read_session_flag(std::string_view name);
  Refusal group(std::string_view value);
  void finish_media();

  Warnings* const warnings_;
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
    if (++number > kDescriptionLinesMax) {
      return std::unexpected(describe(number, {}, "too many lines"));
    }
    line = trimmed(line);
    if (line.empty()) continue;
    const AttributeRefusal refusal = read_line(line);
    if (refusal.why.empty()) continue;
    std::string what = describe(number, line, refusal.why);
    if (!refusal.is_of_line_only) return std::unexpected(std::move(what));
    if (warnings_ != nullptr) warnings_->add(std::move(what) + "; left out");
  }
  if (!have_origin_) return std::unexpected(describe(number, {}, "no o= line"));
  finish_media();
  return std::move(description_);
}

AttributeRefusal Parser::read_line(std::string_view line) {
  if (line.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos) {
    return {"carriage return or NUL within a line"};
  }
  if (line.size() < 2 || line[1] != '=') return {"not a <type>=<value> line"};
  const std::string_view value = trimmed(line.substr(2));
  if (!have_version_) {
    have_version_ = line[0] == 'v' && value == "0";
    return {have_version_ ? Refusal{} : "the first line is not v=0"};
  }
  switch (line[0]) {
    case 'o':
      have_origin_ = true;
      description_.origin = parse_origin(value).value_or(Origin{});  // of no use to us
      return {};
    case 's':
      description_.name = value;
      return {};
    case 'm':
      return {read_media_line(value)};
    case 'a':
      return read_attribute(value);
    case 'b':
      if (media_) media_->read_bandwidth(value);
      return {};
    default:  // of no use to us, whatever it is
      return {};
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

AttributeRefusal Parser::read_attribute(std::string_view attribute) {
  const bool has_value = attribute.find(':') != std::string_view::npos;
  std::string_view value = attribute;
  const std::string name = lower_case(trimmed(take_until(value, ':')));
  value = trimmed(value);
  if (!has_value) {
    if (media_) {
      media_->read_flag(name);
    } else {
      read_session_flag(name);
    }
    return {};
  }
  if (media_) return media_->read_attribute(name, value, mids_);
  return {read_session_attribute(name, value)};
}

Refusal Parser::read_session_attribute(std::string_view name, std::string_view value) {
  if (name == "group") return group(value);
  if (name == "msid-semantic") {
    description_.msid_semantic = value;
    return {};
  }
  return read_transport_attribute(name, value, description_.transport).value_or(Refusal{});
}

void Parser::read_session_flag(std::string_view name) {
  direction_ = parse_direction(name).value_or(direction_);
  if (name == "ice-lite") description_.ice_lite = true;
  if (name == "extmap-allow-mixed") description_.extmap_allow_mixed = true;
}

Refusal Parser::group(std::string_view value) {
  if (!equals_ignoring_case(take_word(value), "BUNDLE")) return {};
  std::vector<std::string>& mids = description_.bundle_groups.emplace_back();
  for (std::string_view word = take_word(value); !word.empty(); word = take_word(value)) {
    if (mids.size() == kMediaDescriptionsMax) return kTooMany;
    mids.emplace_back(word);
  }
  return {};
}

}  // namespace

std::expected<SessionDescription, std::string> parse_session_description(std::string_view text,
                                                                         Warnings* warnings) {
  return Parser(warnings).parse(text);
}

}  // namespace penstock::sdp
