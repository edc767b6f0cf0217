// Loaded before Azurite: ends it, saving its state, when its starter is gone. The starter holds the other end of
// standard input and writes nothing to it.
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
process.stdin.on("error", () => process.kill(process.pid, "SIGTERM"));
process.stdin.resume();
// What Azurite says while it closes reaches nobody once its starter was killed; that must not end it before it saved.
process.stdout.on("error", () => {});
