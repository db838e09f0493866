// The server in place of Atlassian, in the process that waits for the runtimes. It sends `Content-Length`, or chunks
// as a server does that compresses.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { responseTo } from "./responses.ts";

/** Starts the server. `chunked` can be set at any time; `stop` closes its connections. */
export async function startServer() {
	const http = createServer((request, response) => {
		request.resume().on("end", () => {
			const { body, headers } = responseTo(request.url ?? "");
			const { "Content-Length": length, ...others } = headers;
			if (server.chunked) response.writeHead(200, others).write(body);
			else response.writeHead(200, headers).write(body);
			response.end();
		});
	});
	http.keepAliveTimeout = 600_000;
	await once(http.listen(0, "127.0.0.1"), "listening");
	const server = {
		origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
		chunked: false,
		stop: async () => {
			http.closeAllConnections();
			await once(http.close(), "close");
		}
	};
	return server;
}
