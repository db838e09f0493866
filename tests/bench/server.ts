// Answers token and user requests as fast as node:http can, in a process of its own; with `chunked`, in chunks that do not
// say how much there is.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { answerTo } from "./answers.ts";

const isChunked = process.argv[2] === "chunked";
const server = createServer((request, response) => {
	request.resume().on("end", () => {
		const { body, headers } = answerTo(request.url ?? "", !isChunked);
		response.writeHead(200, headers);
		if (isChunked) response.write(body);
		response.end(isChunked ? undefined : body);
	});
});
server.keepAliveTimeout = 600_000;
server.listen({ port: 0, host: "127.0.0.1", backlog: 2_048 }, () =>
	console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
);
