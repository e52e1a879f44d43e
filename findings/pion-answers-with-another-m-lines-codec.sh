#!/usr/bin/env bash
# Pion WebRTC 3.1.56 (Debian 12) answers an m-line that offers H.264 alone with the VP8 of an earlier
# m-line, payload type and all, although RFC 3264 section 6.1 lets an answer only choose among what its
# own m-line offers. Whoever offers two video m-lines with one codec each, as an SFU does, gets an answer
# that seems to accept both.
#
# Prints the m-lines of offer and answer. Exit 0: it still does so. 1: it does not any more. 2: it
# could not be tried.
set -euo pipefail
version=3.1.56-2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{
  mapfile -t packages < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
    --no-breaks --no-replaces --no-enhances golang-github-pion-webrtc.v3-dev |
    grep -E '^golang-[a-z0-9.-]+-dev$' | grep -vx golang-github-pion-webrtc.v3-dev | sort -u)
  apt-get download "golang-github-pion-webrtc.v3-dev=$version" golang-1.19-go golang-1.19-src \
    "${packages[@]}" >/dev/null
  mkdir root
  for package in *.deb; do dpkg -x "$package" root; done
} || exit 2
mkdir -p gopath/src/finding
cd gopath/src/finding
echo 'module finding' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pion/webrtc/v3"
)

const head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" +
	"a=fingerprint:sha-256 AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:" +
	"AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\r\n"

func line(mid, payloadType, codec string) string {
	return "m=video 9 UDP/TLS/RTP/SAVPF " + payloadType + "\r\nc=IN IP4 0.0.0.0\r\n" +
		"a=ice-ufrag:user\r\na=ice-pwd:passwordpasswordpassword\r\na=setup:actpass\r\na=mid:" + mid +
		"\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:" + payloadType + " " + codec + "\r\n"
}

func main() {
	offer := head + line("0", "96", "VP8/90000") + line("1", "107", "H264/90000") +
		"a=fmtp:107 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
	connection, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err == nil {
		err = connection.SetRemoteDescription(
			webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer})
	}
	var answer webrtc.SessionDescription
	if err == nil {
		answer, err = connection.CreateAnswer(nil)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	var media []string
	show := func(what, sdp string) {
		for _, text := range strings.Split(sdp, "\r\n") {
			if strings.HasPrefix(text, "m=") || strings.HasPrefix(text, "a=rtpmap") {
				fmt.Println(what, text)
			}
			if what == "answer" && strings.HasPrefix(text, "m=") {
				media = append(media, text)
			}
		}
	}
	show("offer ", offer)
	show("answer", answer.SDP)
	if len(media) == 2 && strings.HasSuffix(media[1], " 96") {
		fmt.Println("the second m-line, which offers 107, is answered with 96")
		os.Exit(0)
	}
	os.Exit(1)
}
GO
export GO111MODULE=off GOPATH=$PWD/../..:$work/root/usr/share/gocode GOCACHE=$work/cache
export GOROOT=$work/root/usr/lib/go-1.19 GOFLAGS=
"$GOROOT/bin/go" build -o finding . || exit 2
echo "Pion $version, $("$GOROOT/bin/go" version)"
status=0
unshare --net ./finding || status=$?
exit "$status"
