#include "tests/churn/lifetimes.h"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>

#include "tests/integration/harness/child_process.h"

namespace penstock::churn {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;

std::uint64_t number(const json::value& object, const char* key) {
  return object.at(key).to_number<std::uint64_t>();
}

std::string text(const json::value& object, const char* key) {
  return std::string(object.at(key).as_string());
}

Lifetimes read_lifetimes(const json::value& document) {
  Lifetimes lifetimes;
  for (const json::value& pool : document.at("pools").as_array()) {
    lifetimes.pools.push_back({.name = text(pool, "name"),
                               .free = number(pool, "free"),
                               .live = number(pool, "live"),
                               .retired = number(pool, "retired")});
  }
  for (const json::value& list : document.at("retire").as_array()) {
    const json::value& wait = list.at("reclaim_ns");
    lifetimes.retire.push_back({.name = text(list, "name"),
                                .waiting = number(list, "waiting"),
                                .reclaimed = number(list, "reclaimed"),
                                .p50_ns = number(wait, "p50"),
                                .p99_ns = number(wait, "p99"),
                                .max_ns = number(wait, "max")});
  }
  lifetimes.packets_in_use = number(document.at("packets"), "in_use");
  lifetimes.heap_bytes = number(document.at("heap"), "in_use_bytes");
  lifetimes.dtls_jobs = number(document.at("dtls"), "jobs");
  lifetimes.audit_runs = number(document.at("audit"), "runs");
  for (const json::value& finding : document.at("audit").at("findings").as_array()) {
    lifetimes.findings.push_back(json::serialize(finding));
  }
  return lifetimes;
}

const PoolState* find_pool(const Lifetimes& lifetimes, const std::string& name) {
  for (const PoolState& pool : lifetimes.pools) {
    if (pool.name == name) return &pool;
  }
  return nullptr;
}

// A server that has just started may not listen here yet.
void connect(asio::ip::tcp::socket& socket) {
  const Timestamp deadline = integration::monotonic_now() + 5 * kSecond;
  boost::system::error_code error;
  for (;;) {
    socket.connect({asio::ip::address_v4::loopback(), kAdminPort}, error);
    if (!error) return;
    if (integration::monotonic_now() > deadline) {
      throw std::runtime_error("the server's admin listener does not answer: " + error.message());
    }
    socket.close();
    ::usleep(20'000);
  }
}

std::string changed(const std::string& what, std::uint64_t from, std::uint64_t to) {
  return what + ": " + std::to_string(from) + " before, " + std::to_string(to) + " after";
}

}  // namespace

Lifetimes parse_lifetimes(const std::string& text) {
  try {
    return read_lifetimes(json::parse(text));
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("the answer to GET /lifetimes is not as it should be (") +
                             error.what() + "): " + text.substr(0, 1'000));
  }
}

Lifetimes fetch_lifetimes() {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  connect(socket);
  http::request<http::empty_body> request(http::verb::get, "/lifetimes", 11);
  request.set(http::field::host, "127.0.0.1");
  http::write(socket, request);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  if (response.result() != http::status::ok) {
    throw std::runtime_error("GET /lifetimes: status " + std::to_string(response.result_int()));
  }
  return parse_lifetimes(response.body());
}

std::vector<std::string> differences(const Lifetimes& baseline, const Lifetimes& now) {
  std::vector<std::string> found;
  for (const PoolState& before : baseline.pools) {
    const PoolState* after = find_pool(now, before.name);
    if (after == nullptr) {
      found.push_back(before.name + ": this pool is gone");
      continue;
    }
    const std::string name = "pool " + before.name;
    if (after->free != before.free)
      found.push_back(changed(name + ", free", before.free, after->free));
    if (after->live != before.live)
      found.push_back(changed(name + ", live", before.live, after->live));
    if (after->retired != before.retired)
      found.push_back(changed(name + ", retired", before.retired, after->retired));
  }
  for (const RetireState& list : now.retire) {
    if (list.waiting != 0) found.push_back(changed("retire list " + list.name, 0, list.waiting));
  }
  if (now.packets_in_use != baseline.packets_in_use)
    found.push_back(changed("packets in use", baseline.packets_in_use, now.packets_in_use));
  if (now.dtls_jobs != baseline.dtls_jobs)
    found.push_back(changed("DTLS jobs", baseline.dtls_jobs, now.dtls_jobs));
  for (const std::string& finding : now.findings) found.push_back("audit: " + finding);
  return found;
}

BaselineCheck wait_for_baseline(const Lifetimes& baseline, Duration limit) {
  const Timestamp start = integration::monotonic_now();
  BaselineCheck check;
  do {
    check.last = fetch_lifetimes();
    check.differences = differences(baseline, check.last);
    check.took = integration::monotonic_now() - start;
    if (check.is_exact()) return check;
    ::usleep(20'000);
  } while (check.took < limit);
  return check;
}

}  // namespace penstock::churn
