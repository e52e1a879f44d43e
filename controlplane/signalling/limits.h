// Every limit of signalling, in one place, each with what the client that meets it gets. Limits of
// the data plane are in dataplane/base/limits.h; counts that an operator sets (participants,
// rooms, ...) are configuration (config.h). No dependencies, so that the listeners, the Janus core
// and the fuzz targets share it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace penstock {

// --- HTTP requests (RFC 9110, 9112). Status codes come with `Connection: close`. -----------------
inline constexpr std::size_t kHttpHeaderBytesMax = 8 * 1024;             // 431
inline constexpr std::size_t kHttpHeaderFieldsMax = 64;                  // 431
inline constexpr std::size_t kHttpTargetBytesMax = 2 * 1024;             // 414
inline constexpr std::size_t kHttpPathSegmentsMax = 4;                   // 404
inline constexpr std::size_t kHttpQueryParametersMax = 16;               // 400
inline constexpr std::chrono::milliseconds kHttpHeaderDeadline{10'000};  // absolute; 408
// Also absolute, for a body and for an answer that is read slowly: so long, and the time that it
// takes at this rate. 408; closed.
inline constexpr std::chrono::milliseconds kHttpBodyDeadline{10'000};
inline constexpr std::chrono::milliseconds kHttpWriteDeadline{10'000};
inline constexpr std::size_t kSlowestBytesPerS = 16 * 1024;
inline constexpr std::chrono::milliseconds kHttpKeepAlive{30'000};  // idle: closed silently
// The longest that the core may hold a long poll. It answers after kLongPollHold; a request that
// the core never answers gets 503 at this deadline.
inline constexpr std::chrono::milliseconds kHttpReplyDeadline{45'000};
inline constexpr std::chrono::milliseconds kLongPollHold{30'000};  // then {"janus":"keepalive"}
inline constexpr std::size_t kLongPollEventsMax = 10;  // maxev above it is taken as this many
inline constexpr std::uint32_t kCorsMaxAgeSeconds = 86'400;

// --- TLS (RFC 8446) ------------------------------------------------------------------------------
inline constexpr std::chrono::milliseconds kTlsHandshakeDeadline{10'000};  // absolute; closed
inline constexpr std::size_t kTlsHandshakesMax = 1'024;  // at a time; the first one is closed
inline constexpr std::chrono::milliseconds kTlsGoodbyeDeadline{2'000};  // for the client's own
// How often it is looked whether other files stand where the certificate and its key were.
inline constexpr std::chrono::milliseconds kTlsFilesInterval{10'000};

// --- WebSocket (RFC 6455) ------------------------------------------------------------------------
// Fragments, or reads of a message that arrives in small parts: so many, and more if they are at
// least so large. Close 1008.
inline constexpr std::size_t kWebSocketPiecesMax = 1'024;
inline constexpr std::size_t kWebSocketPieceBytesMin = 512;
// Not read yet by the client, or half of what config.h allows: its next message is handled later,
// so that what it asks for does not grow faster than it reads.
inline constexpr std::size_t kWebSocketBacklogBytesMax = 1024 * 1024;
inline constexpr std::chrono::milliseconds kWebSocketIdlePing{30'000};  // ping; no answer: dropped
// The closing handshake, behind what is queued, which may be read at kSlowestBytesPerS.
inline constexpr std::chrono::milliseconds kWebSocketCloseDeadline{5'000};

// --- Connections and rates -----------------------------------------------------------------------
// The table of client addresses that sent requests (config.h has their rates); when it is full, the
// one seen longest ago is forgotten.
inline constexpr std::size_t kRateLimitedAddressesMax = 16'384;
inline constexpr std::size_t kAdminConnectionsMax = 256;  // accepted and closed at once
// Open files that the server has beside connections: listeners, devices, workers, the log.
inline constexpr std::size_t kOtherFilesMax = 256;

// --- JSON (RFC 8259) and the Janus API -----------------------------------------------------------
// One string, as large as the largest session description (controlplane/sdp/limits.h); Janus error
// 454.
inline constexpr std::size_t kJsonStringBytesMax = 2 * 1024 * 1024;
inline constexpr std::size_t kJsonDepthMax = 32;           // Janus error 454
inline constexpr std::size_t kJsonMembersMax = 16'384;     // whole document; Janus error 454
inline constexpr std::size_t kJsonObjectMembersMax = 256;  // one object; Janus error 454
inline constexpr std::size_t kJsonRootsPerMessageMax =
    16;                                                   // WebSocket: objects in one message; 454
inline constexpr std::size_t kTransactionBytesMax = 128;  // Janus error 467, not echoed
// Requests of a handle that wait behind one that takes long; all texts of such requests, of all
// handles. Janus error 490.
inline constexpr std::size_t kRequestsBehindMax = 32;
inline constexpr std::size_t kWaitingBytesMax = 64 * 1024 * 1024;
// A request that waits for something from outside (a disk, a name, another server) and that nobody
// wakes. Janus error 490.
inline constexpr std::chrono::milliseconds kRequestSleepMax{20'000};
static_assert(kRequestSleepMax < kHttpReplyDeadline);
// Of an answer that is written in turns: so much in one turn, and the participant that it ends in.
inline constexpr std::size_t kAnswerBytesPerTurn = 128 * 1024;
inline constexpr std::size_t kOpaqueIdBytesMax = 128;            // Janus error 467
inline constexpr std::size_t kTokenBytesMax = 1'024;             // no token; stored: error 467
inline constexpr std::size_t kStoredTokensMax = 65'536;          // Janus error 490
inline constexpr std::size_t kTrickleCandidatesMax = 64;         // per handle; acked and dropped
inline constexpr std::size_t kTrickleCandidateBytesMax = 1'024;  // Janus error 467

// --- WHIP and WHEP -------------------------------------------------------------------------------
// An offer, an answer or a fragment, of two m-lines or a few. 413.
inline constexpr std::size_t kWhipBodyBytesMax = 64 * 1024;

// --- VideoRoom -----------------------------------------------------------------------------------
inline constexpr std::size_t kRoomTextBytesMax = 1'024;  // ids, display, pin, ...: error 430
inline constexpr std::size_t kMetadataBytesMax = 8'192;  // as JSON text: error 430
// What a participant's `descriptions` come to, with their mids: error 430.
inline constexpr std::size_t kDescriptionsBytesMax = 8'192;
inline constexpr std::size_t kAllowedTokensMax = 1'024;  // of a room: error 430
inline constexpr std::size_t kRoomCodecsMax = 5;         // in audiocodec or videocodec: error 430
inline constexpr std::size_t kRequestItemsMax = 1'024;   // streams, descriptions, ...: error 430
// Each substream is one. Error 499.
inline constexpr std::size_t kForwardersPerPublisherMax = 64;
// Requests for which names of hosts are looked up. Error 499.
inline constexpr std::size_t kLookUpsMax = 64;
// Of the file of permanent rooms: permanent is false in the answer, and at start it is not read.
inline constexpr std::size_t kRoomFileBytesMax = 64 * 1024 * 1024;
// Of changes of permanent rooms that wait for the disk, as text: error 499.
inline constexpr std::size_t kRoomChangeBytesMax = 16 * 1024 * 1024;

}  // namespace penstock
