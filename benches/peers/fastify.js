// Fastify 5 + ws 8 + PostgreSQL + Redis: a message is stored, published, and sent to everybody in the room.
// Speaks the few frames of docs/protocol.md that the load generator uses. usage: fastify.js PORT POSTGRES_SOCKET_FOLDER REDIS_PORT
import Fastify from "fastify";
import Redis from "ioredis";
import pg from "pg";
import { WebSocketServer } from "ws";

const [port, folder, redisPort] = process.argv.slice(2);
const database = new pg.Pool({ host: folder, user: "postgres", database: "postgres", max: 20 });
await database.query(`CREATE TABLE IF NOT EXISTS messages (
  id uuid PRIMARY KEY, room uuid NOT NULL, seq bigserial, author text NOT NULL, text text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())`);
await database.query("CREATE INDEX IF NOT EXISTS messages_by_room ON messages (room, seq)");

const publisher = new Redis(redisPort);
const subscriber = new Redis(redisPort);
const rooms = new Map(); // room -> sockets

await subscriber.psubscribe("room:*");
subscriber.on("pmessage", (_pattern, channel, frame) => {
  for (const socket of rooms.get(channel.slice(5)) ?? []) socket.send(frame);
});

const app = Fastify();
app.get("/api/v1/instance", async () => ({ name: "fastify" }));
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
app.server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit("connection", ws));
});

const enter = (socket, room) => {
  if (!rooms.has(room)) rooms.set(room, new Set());
  rooms.get(room).add(socket);
  socket.on("close", () => rooms.get(room).delete(socket));
};

sockets.on("connection", (socket) => {
  socket.on("message", async (data) => {
    const { id, op, d } = JSON.parse(data);
    if (op === "hello") {
      enter(socket, d.token); // the token is the room here
      socket.send(JSON.stringify({ re: id, ok: {} }));
      return;
    }
    const author = "00000000-0000-7000-8000-000000000002";
    const sql = "INSERT INTO messages (id, room, author, text) VALUES ($1, $2, $3, $4) RETURNING seq, created_at";
    const { rows } = await database.query(sql, [d.id, d.conversation_id, author, d.content.text]);
    const message = { id: d.id, conversation_id: d.conversation_id, seq: Number(rows[0].seq), author_id: author,
      created_at: rows[0].created_at.getTime(), edited_at: null, deleted_at: null, content: d.content, reply: null,
      mentions: { users: [], roles: [], rooms: [], everyone: false }, reactions: [] };
    const frame = JSON.stringify({ s: d.conversation_id, n: message.seq, ev: "message.created", d: message });
    await publisher.publish(`room:${d.conversation_id}`, frame);
    socket.send(JSON.stringify({ re: id, ok: message }));
  });
});

await app.listen({ port: Number(port), host: "127.0.0.1" });
