// Loaded before Azurite: ends it, saving its state, when its starter is gone. The starter holds the other end of
// standard input and writes nothing to it.
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
process.stdin.on("error", () => process.kill(process.pid, "SIGTERM"));
process.stdin.resume();
