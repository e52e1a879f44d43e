// What Janode imports, and calls only where its address is that of a Unix socket.
export function createSocket() {
  throw new Error('there are no Unix sockets here: see package.json');
}
