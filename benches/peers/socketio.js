// Socket.IO 4 + Express 4: one room in memory, nothing stored. usage: socketio.js PORT
import { createServer } from "node:http";
import express from "express";
import { Server } from "socket.io";

const app = express();
app.get("/api/v1/instance", (_request, response) => response.json({ name: "socket.io" }));
const http = createServer(app);
const io = new Server(http, { perMessageDeflate: false });
let seq = 0;
io.on("connection", (socket) => {
  socket.join("room");
  socket.on("message", (message, acknowledge) => {
    seq += 1;
    const sent = { ...message, seq, author_id: socket.id, created_at: Date.now(), edited_at: null, deleted_at: null, reply: null,
      mentions: { users: [], roles: [], rooms: [], everyone: false }, reactions: [] };
    io.to("room").emit("message", sent);
    acknowledge({ seq });
  });
});
http.listen(Number(process.argv[2]), "127.0.0.1");
