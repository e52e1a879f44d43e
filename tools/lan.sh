# What tools/run --lan makes beside the server: a certificate, a configuration, and the addresses
# for people to open. Sourced by it, behind messages.sh; everything lies in build/lan/.
# shellcheck shell=bash

lan_folder=build/lan

# This machine's addresses, the one that leads to the default route first.
lan_addresses() {
  local first
  first=$(ip -4 route get 198.51.100.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
  {
    [[ -z $first ]] || echo "$first"
    ip -o addr show up scope global | awk '{ sub("/.*", "", $4); print $4 }'
  } | awk '!seen[$0]++'
}

# "192.0.2.1" or "[2001:db8::1]", as URLs have them.
in_url() { if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi; }

# The certificate stays as long as the addresses do: browsers remember that it was accepted.
make_certificate() {
  local names='DNS:localhost,IP:127.0.0.1,IP:::1' address
  names+=",DNS:$(hostname)"
  for address in "$@"; do names+=",IP:$address"; done
  mkdir -p "$lan_folder"
  if [[ -e $lan_folder/key.pem && $(cat "$lan_folder/names" 2>/dev/null) == "$names" ]] &&
    openssl x509 -checkend 604800 -noout -in "$lan_folder/certificate.pem" >/dev/null; then
    return
  fi
  say "a certificate for these addresses, in $lan_folder/"
  (
    umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 \
      -subj "/CN=Penstock on $(hostname)" -addext "subjectAltName=$names" \
      -addext "extendedKeyUsage=serverAuth" \
      -keyout "$lan_folder/key.pem" -out "$lan_folder/certificate.pem" 2>"$lan_folder/openssl.log"
  ) || {
    show_end_of "$lan_folder/openssl.log"
    die "openssl did not make a certificate"
  }
  echo "$names" >"$lan_folder/names"
}

write_lan_config() {
  local all='0.0.0.0'
  if grep -q . /proc/net/if_inet6 2>/dev/null; then all='::'; fi
  cat >"$lan_folder/penstock.toml" <<TEXT
# Written by tools/run --lan.
[port]
driver = "sockets"
[signalling]
address = "$all"
tls_certificate = "$PWD/$lan_folder/certificate.pem"
tls_key = "$PWD/$lan_folder/key.pem"
TEXT
}

# The page speaks HTTP to the server here: not every browser lets it open a WebSocket, on another
# port, to a certificate that was accepted by hand.
lan_url() { echo "https://$(in_url "$1"):8088/?server=http"; }

show_lan_addresses() {
  local address format='UTF8'
  if [[ -t 1 ]]; then format='ANSIUTF8'; fi # black on white, whatever the terminal's colours are
  say "To join from a phone on the same network, scan this or open one of the addresses:"
  qrencode -t "$format" -m 2 -- "$(lan_url "$1")"
  for address in "$@"; do printf '    %s\n' "$(lan_url "$address")"; done
  say "The browser warns of a certificate that nobody has signed: it is this machine's own."
  say "A firewall here has to let in TCP 8088 and UDP 50000."
}
