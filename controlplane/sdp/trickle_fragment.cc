#include "controlplane/sdp/trickle_fragment.h"

#include <cstddef>
#include <utility>

#include "controlplane/sdp/limits.h"
#include "controlplane/sdp/lines.h"
#include "controlplane/sdp/tokens.h"
#include "controlplane/sdp/transport_description.h"
#include "controlplane/sdp/transport_parser.h"

namespace penstock::sdp {
namespace {

class FragmentParser {
 public:
  std::expected<TrickleFragment, std::string> parse(std::string_view text);

 private:
  std::string_view read_line(std::string_view line);
  std::string_view read_attribute(std::string_view attribute);
  std::string_view begin_media(std::string_view value);
  FragmentMedia& media();
  std::string_view check_credentials(const TransportAttributes& transport);

  TrickleFragment fragment_;
  TransportAttributes transport_;  // of the level that is being read
  std::size_t candidates_ = 0;
  bool says_something_ = false;
};

std::expected<TrickleFragment, std::string> FragmentParser::parse(std::string_view text) {
  if (text.size() > kFragmentBytesMax) return std::unexpected("fragment too long");
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = trimmed(take_until(text, '\n'));
    if (line.empty()) continue;
    if (const std::string_view why = read_line(line); !why.empty())
      return std::unexpected("line " + std::to_string(number) + ": " + std::string(why));
  }
  if (const std::string_view why = check_credentials(transport_); !why.empty())
    return std::unexpected(std::string(why));
  if (!says_something_) return std::unexpected("no ICE credentials and no candidates");
  return std::move(fragment_);
}

std::string_view FragmentParser::read_line(std::string_view line) {
  if (line.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos)
    return "carriage return or NUL within a line";
  if (line.size() < 2 || line[1] != '=' || !is_alphanumeric(line[0]))
    return "not a <type>=<value> line";
  const std::string_view value = trimmed(line.substr(2));
  if (line[0] == 'm') return begin_media(value);
  return line[0] == 'a' ? read_attribute(value) : std::string_view();
}

std::string_view FragmentParser::begin_media(std::string_view value) {
  if (const std::string_view why = check_credentials(transport_); !why.empty()) return why;
  transport_ = {};
  if (fragment_.media.size() == kMediaDescriptionsMax) return "too many m= lines";
  const std::string_view kind = take_word(value);
  if (!is_token(kind)) return "m= without a kind of media";
  fragment_.media.emplace_back().kind = kind;
  return {};
}

// What stands before the first m= line belongs to one without a kind.
FragmentMedia& FragmentParser::media() {
  if (fragment_.media.empty()) fragment_.media.emplace_back();
  return fragment_.media.back();
}

// Credentials come in twos; those that come first count.
std::string_view FragmentParser::check_credentials(const TransportAttributes& transport) {
  if (transport.ice_ufrag.empty() && transport.ice_pwd.empty()) return {};
  if (!is_ice_text(transport.ice_ufrag, kIceUfragBytesMin) ||
      !is_ice_text(transport.ice_pwd, kIcePwdBytesMin)) {
    return "missing or malformed ice-ufrag or ice-pwd";
  }
  says_something_ = true;
  if (!fragment_.ice_ufrag.empty()) return {};
  fragment_.ice_ufrag = transport.ice_ufrag;
  fragment_.ice_pwd = transport.ice_pwd;
  return {};
}

std::string_view FragmentParser::read_attribute(std::string_view attribute) {
  std::string_view value = attribute;
  const std::string name = lower_case(trimmed(take_until(value, ':')));
  value = trimmed(value);
  if (name == "mid") {
    if (value.empty() || value.size() > kMidTextBytesMax) return "a=mid empty or too long";
    media().mid = value;
  } else if (name == "ice-lite") {
    fragment_.ice_lite = true;
  } else if (name == "ice-ufrag" || name == "ice-pwd" || name == "ice-options") {
    static_cast<void>(read_transport_attribute(name, value, transport_));
    if (name == "ice-options") fragment_.ice_options = transport_.ice_options;
  } else if (name == "candidate") {
    says_something_ = true;
    if (value.empty()) return "a=candidate without a value";
    if (++candidates_ <= kCandidatesMax) media().candidates.emplace_back(value);
  } else if (name == "end-of-candidates") {
    says_something_ = true;
    media().end_of_candidates = true;
  }
  return {};
}

}  // namespace

std::expected<TrickleFragment, std::string> parse_trickle_fragment(std::string_view text) {
  return FragmentParser().parse(text);
}

std::string write_trickle_fragment(const TrickleFragment& fragment) {
  Lines lines;
  lines.add_if(fragment.ice_lite, "a=ice-lite");
  std::string options;
  for (const std::string& option : fragment.ice_options)
    options += (options.empty() ? "" : " ") + option;
  if (!options.empty()) lines.add({"a=ice-options:", options});
  const auto write_credentials = [&] {
    if (fragment.ice_ufrag.empty()) return;
    lines.add({"a=ice-ufrag:", fragment.ice_ufrag});
    lines.add({"a=ice-pwd:", fragment.ice_pwd});
  };
  if (fragment.media.empty()) write_credentials();
  for (const FragmentMedia& media : fragment.media) {
    if (!media.kind.empty()) lines.add({"m=", media.kind, " 9 UDP/TLS/RTP/SAVPF 0"});
    if (!media.mid.empty()) lines.add({"a=mid:", media.mid});
    if (&media == fragment.media.data()) write_credentials();
    for (const std::string& candidate : media.candidates) lines.add({"a=candidate:", candidate});
    lines.add_if(media.end_of_candidates, "a=end-of-candidates");
  }
  return lines.take();
}

}  // namespace penstock::sdp
