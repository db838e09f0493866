// Answers token and user requests as fast as node:http can, in a process of its own.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { headers, tokenAnswer, userAnswer } from "./answers.ts";

const server = createServer((request, response) => {
	request.resume().on("end", () => {
		const answer = request.url === "/me" ? userAnswer : tokenAnswer;
		response.writeHead(200, { ...headers, "Content-Length": Buffer.byteLength(answer) }).end(answer);
	});
});
server.keepAliveTimeout = 600_000;
server.listen({ port: 0, host: "127.0.0.1", backlog: 2_048 }, () =>
	console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
);
