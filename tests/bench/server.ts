// Answers token and user requests as fast as node:http can, in a process of its own.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { answerTo } from "./answers.ts";

const server = createServer((request, response) => {
	request.resume().on("end", () => {
		const { body, headers } = answerTo(request.url ?? "");
		response.writeHead(200, headers).end(body);
	});
});
server.keepAliveTimeout = 600_000;
server.listen({ port: 0, host: "127.0.0.1", backlog: 2_048 }, () =>
	console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
);
