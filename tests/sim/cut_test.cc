// Goal: a connection may be cut at any byte of any request, and everything is as it was (Janus
// leaked sessions and handles whose client was cut off). Method: real sockets, the real listeners
// and the whole server; for each request every prefix of its bytes is sent, each to a connection
// that is set up anew for it, and then the connection is closed or reset. Over a WebSocket the
// session goes with it; over HTTP a request that did not arrive whole must have done nothing.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdio>

#include "tests/client/signalling_bytes.h"
#include "tests/client/webrtc_client.h"
#include "tests/sim/socket_server.h"

namespace penstock::sim {
namespace {

namespace json = boost::json;

using test::get_request;
using test::post_request;
using test::text_frame;
using test::upgrade_request;

std::string audio_offer(const Certificate& certificate) {
  test::WebRtcClient client({}, certificate);
  return client.make_publish_offer({test::audio(1)});
}

// A request of the API: what is asked, of which the ids are filled in.
struct Request {
  const char* name;
  json::object message;
  bool needs_session = true;
  bool needs_handle = true;
  bool needs_join = false;
};

std::vector<Request> all_requests(const std::string& offer) {
  const json::object jsep{{"type", "offer"}, {"sdp", offer}};
  const json::object join{{"request", "joinandconfigure"}, {"ptype", "publisher"}, {"room", kRoom}};
  return {
      {"create", {{"janus", "create"}}, false, false},
      {"attach", {{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}}, true, false},
      {"join and publish", {{"janus", "message"}, {"body", join}, {"jsep", jsep}}},
      {"trickle",
       {{"janus", "trickle"},
        {"candidate",
         json::object{{"sdpMid", "0"},
                      {"candidate", "candidate:1 1 UDP 2122252543 198.18.0.9 40000 typ host"}}}},
       true,
       true,
       true},
      {"unpublish",
       {{"janus", "message"}, {"body", json::object{{"request", "unpublish"}}}},
       true,
       true,
       true},
      {"leave",
       {{"janus", "message"}, {"body", json::object{{"request", "leave"}}}},
       true,
       true,
       true},
      {"hangup", {{"janus", "hangup"}}, true, true, true},
      {"detach", {{"janus", "detach"}}, true, true, true},
      {"claim", {{"janus", "claim"}}, true, false},
      {"keepalive", {{"janus", "keepalive"}}, true, false},
      {"destroy", {{"janus", "destroy"}}, true, false},
  };
}

class Cut : public testing::Test {
 protected:
  Cut() : offer_(audio_offer(client_certificate())) {}

  ~Cut() override { std::printf("%zu connections cut\n", cuts_); }

  static Certificate client_certificate() {
    return std::move(*Certificate::generate(1'700'000'000));
  }

  // Closed in order by every other client, dropped by those between.
  void cut(TestSocket& socket) {
    if (++cuts_ % 2 == 0) {
      EXPECT_TRUE(socket.finish());
    } else {
      socket.reset();
    }
    EXPECT_TRUE(server_.run_until_alone());
  }
  std::string text_of(const Request& request, std::uint64_t session, std::uint64_t handle) {
    json::object message = request.message;
    message["transaction"] = "t";
    if (request.needs_session) message["session_id"] = session;
    if (request.needs_handle) message["handle_id"] = handle;
    return json::serialize(message);
  }
  static std::uint64_t id_of(const std::string& reply) {
    return json::parse(reply).at_pointer("/data/id").to_number<std::uint64_t>();
  }
  std::string differences(const Census& before) {
    return difference(before, server_.server().census());
  }

  SocketServer server_;
  std::string offer_;
  std::size_t cuts_ = 0;
};

class WebSocketCut : public Cut {
 protected:
  void open(TestSocket& socket) {
    socket.send(upgrade_request());
    ASSERT_TRUE(socket.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  }
  std::string ask(TestSocket& socket, const std::string& text) {
    socket.send(text_frame(text));
    return socket.receive_message();
  }
  // What a request needs to mean something: session, handle and a place in the room.
  std::string prepare(TestSocket& socket, const Request& request) {
    const auto requests = all_requests(offer_);
    open(socket);
    std::uint64_t session = 0;
    std::uint64_t handle = 0;
    if (request.needs_session) session = id_of(ask(socket, text_of(requests[0], 0, 0)));
    if (request.needs_handle) handle = id_of(ask(socket, text_of(requests[1], session, 0)));
    if (request.needs_join) {
      ask(socket, text_of(requests[2], session, handle));  // the ack
      EXPECT_NE(socket.receive_message().find("\"answer\""), std::string::npos);
    }
    return text_frame(text_of(request, session, handle));
  }
};

TEST_F(WebSocketCut, AtAnyByteOfTheHandshake) {
  const Census before = server_.server().census();
  const std::string request = upgrade_request();
  for (std::size_t bytes = 0; bytes <= request.size(); ++bytes) {
    TestSocket socket(server_, server_.websocket_port());
    socket.send(std::string_view(request).substr(0, bytes));
    cut(socket);
    ASSERT_EQ(differences(before), "") << bytes << " bytes";
  }
}

TEST_F(WebSocketCut, AtAnyByteOfAnyRequest) {
  const Census before = server_.server().census();
  for (const Request& request : all_requests(offer_)) {
    std::size_t size = 1;
    for (std::size_t bytes = 0; bytes <= size; ++bytes) {
      TestSocket socket(server_, server_.websocket_port());
      const std::string frame = prepare(socket, request);
      size = frame.size();
      socket.send(std::string_view(frame).substr(0, bytes));
      cut(socket);
      ASSERT_EQ(differences(before), "") << request.name << ", " << bytes << " of " << size;
    }
  }
}

class HttpCut : public Cut {
 protected:
  // The answer's body.
  std::string post(const std::string& target, const std::string& body) {
    TestSocket socket(server_, server_.http_port());
    socket.send(post_request(target, body));
    const std::string head = socket.receive_until("\r\n\r\n");
    return socket.receive_until("}");
  }
};

TEST_F(HttpCut, AtAnyByteBeforeTheLastARequestHasDoneNothing) {
  const auto requests = all_requests(offer_);
  for (const Request& request : requests) {
    const std::uint64_t session = id_of(post("/janus", text_of(requests[0], 0, 0)) + "}");
    const std::string of_session = "/janus/" + std::to_string(session);
    const std::uint64_t handle = id_of(post(of_session, text_of(requests[1], session, 0)) + "}");
    const std::string of_handle = of_session + "/" + std::to_string(handle);
    if (request.needs_join) {
      post(of_handle, text_of(requests[2], session, handle));
      EXPECT_EQ(server_.server().media().counts().peers, 1U);
    }
    ASSERT_TRUE(server_.run_until_alone());
    const Census before = server_.server().census();
    const std::string target = request.needs_handle    ? of_handle
                               : request.needs_session ? of_session
                                                       : "/janus";
    const std::string text = post_request(target, text_of(request, session, handle));
    for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
      TestSocket socket(server_, server_.http_port());
      socket.send(std::string_view(text).substr(0, bytes));
      cut(socket);
      ASSERT_EQ(differences(before), "") << request.name << ", " << bytes << " of " << text.size();
    }
    // Whole: it is done, though nobody waits for the answer.
    TestSocket socket(server_, server_.http_port());
    socket.send(text);
    cut(socket);
    server_.pass(2 * 60 * kSecond);
    EXPECT_EQ(server_.server().janus().counts().sessions, 0U) << request.name;
    EXPECT_EQ(server_.server().media().counts().peers, 0U) << request.name;
  }
}

TEST_F(HttpCut, ALongPollThatIsCutWaitsNoMore) {
  const auto requests = all_requests(offer_);
  const std::uint64_t session = id_of(post("/janus", text_of(requests[0], 0, 0)) + "}");
  ASSERT_TRUE(server_.run_until_alone());
  const Census before = server_.server().census();
  const std::string text = get_request("/janus/" + std::to_string(session) + "?maxev=5");
  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    TestSocket socket(server_, server_.http_port());
    socket.send(std::string_view(text).substr(0, bytes));
    if (bytes == text.size()) {
      EXPECT_TRUE(
          server_.run_until([&] { return server_.server().janus().counts().long_polls == 1; }));
    }
    cut(socket);
    ASSERT_EQ(differences(before), "") << bytes << " bytes";
  }
}

}  // namespace
}  // namespace penstock::sim
