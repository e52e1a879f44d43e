#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets in this folder: python3 make_corpus.py"""
import pathlib

HERE = pathlib.Path(__file__).parent / "corpus"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = (b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           b"Sec-WebSocket-Version: 13\r\n" + KEY + b"Sec-WebSocket-Protocol: janus-protocol\r\n\r\n")

REQUESTS = {
    "get": b"GET /janus/info HTTP/1.1\r\nHost: h\r\n\r\n",
    "post": b"POST /janus/12/34 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}",
    "chunked": b"POST /janus HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
               b"2;x=y\r\n{}\r\n0\r\nT: v\r\n\r\n",
    "poll": b"GET /janus/1?rid=1&maxev=10&apisecret=a%26b HTTP/1.1\r\nHost: h\r\n\r\n",
    "page": b"GET / HTTP/1.0\r\nIf-None-Match: \"1\"\r\n\r\n",
    "preflight": b"OPTIONS /janus HTTP/1.1\r\nHost: h\r\nOrigin: http://a\r\n"
                 b"Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x\r\n\r\n",
    "continue": b"POST /janus HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    "smuggle": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
    "folded": b"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
    "bare_lf": b"GET / HTTP/1.1\nHost: h\n\n",
    "absolute": b"\r\nHEAD http://h/index.html HTTP/1.1\r\nHost: h\r\n\r\n",
}


def frame(first, payload, masked=True):
    mask = b"\x01\x02\x03\x04"
    head = bytes([first])
    if len(payload) < 126:
        head += bytes([0x80 * masked | len(payload)])
    else:
        head += bytes([0x80 * masked | 126]) + len(payload).to_bytes(2, "big")
    if not masked:
        return head + payload
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


FRAMES = {
    "text": frame(0x81, b'{"janus":"ping"}'),
    "fragments": frame(0x01, b"a") + frame(0x89, b"p") + frame(0x00, b"") + frame(0x80, b"b"),
    "long": frame(0x81, b"x" * 300) + frame(0x81, b"y"),
    "close": frame(0x88, b"\x03\xe8bye"),
    "unmasked": frame(0x81, b"x", masked=False),
    "reserved": frame(0xC1, b"x"),
    "binary": frame(0x82, b"x"),
    "utf8": frame(0x01, b"\xe2\x82") + frame(0x80, b"\xac"),
    "huge": b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",
    "pong": frame(0x8A, b""),
}


def write(target, name, data):
    folder = HERE / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


for name, data in REQUESTS.items():
    write("http_request_fuzz", name, data)
    write("http_connection_fuzz", name, b"\x80" + data)
write("http_connection_fuzz", "pipelined", b"\xff" + REQUESTS["get"] + REQUESTS["post"] + REQUESTS["poll"])
for name, data in FRAMES.items():
    write("websocket_connection_fuzz", name, b"\x00" + data)
write("websocket_connection_fuzz", "handshake", b"\x01" + UPGRADE)
write("websocket_connection_fuzz", "early_data", b"\x01" + UPGRADE + FRAMES["text"])
write("websocket_connection_fuzz", "not_upgrade", b"\x01" + REQUESTS["get"])

# The first byte chooses the header; fields are lines.
X_FORWARDED_FOR = {
    "list": b"198.51.100.1, 192.0.2.7, 10.1.2.3",
    "lines": b"198.51.100.1\n192.0.2.7 ,\t127.0.0.1",
    "ports": b"192.0.2.7:4711, [2001:db8::9]:80, [2001:db8:1::9], 2001:db8::9",
    "names": b"unknown, _hidden,, x",
}
FORWARDED = {
    "list": b"for=198.51.100.1, for=192.0.2.7;proto=https;by=10.1.2.3, for=10.1.2.3",
    "quoted": b'For="[2001:db8::9]:4711";host="a\\"b,c"\nfor="192.0.2.\\7"',
    "malformed": b'for="192.0.2.7\nfor=192.0.2.7;for=192.0.2.8\nfor=unknown',
}
for name, data in X_FORWARDED_FOR.items():
    write("client_address_fuzz", "x_forwarded_for_" + name, b"\x00" + data)
for name, data in FORWARDED.items():
    write("client_address_fuzz", "forwarded_" + name, b"\x01" + data)
