// The server of the faults: HTTP by hand on a socket of its own, since no HTTP library sends what is wrong.
// Which fault a request meets, it says itself, in a header or in the query. Beside it a port that refuses, one
// that resets whoever connects, and a foreign host, to which redirects point.

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";

import { Random } from "../parity/random.ts";
import { type Endpoint, type Step, responses, faults, http, nameOf } from "./faults.ts";
import { respondTo } from "./people.ts";

/** A request as it arrived. */
export type Arrival = { host: string; path: string; fault: string; text: string };

export type FaultServer = {
	addresses: Record<"server" | "refusing" | "resetting", string>;
	/** What arrived at the paths of Atlassian and of the app's own server. */
	arrivals: Arrival[];
	/** What arrived anywhere else: at another path, or at the foreign host. */
	strays: string[];
	close(): Promise<void>;
};

const paths: Record<string, Endpoint> = {
	"auth.atlassian.com/oauth/token": "token",
	"auth.atlassian.com/oauth/revoke": "revoke",
	"api.atlassian.com/me": "me",
	"api.atlassian.com/oauth/token/accessible-resources": "resources",
	"own/token": "own",
};

const byName = new Map(faults.map((fault) => [nameOf(fault), fault]));

export async function startFaultServer(): Promise<FaultServer> {
	// Bombs are made once, before anybody waits for them.
	for (const { isHeavy, steps } of faults) if (isHeavy) steps("token");
	const arrivals: Arrival[] = [];
	const strays: string[] = [];
	const servers: Server[] = [];
	const sockets = new Set<Socket>();

	async function listen(accept: (socket: Socket) => void): Promise<string> {
		const server = createServer((socket) => {
			sockets.add(socket);
			socket.on("close", () => sockets.delete(socket));
			// Clients give up; that is what most rows are about.
			socket.on("error", () => socket.destroy());
			accept(socket);
		});
		server.listen(0, "127.0.0.1");
		servers.push(server);
		await once(server, "listening");
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	}

	const foreign = await listen((socket) => {
		strays.push("the foreign host was connected to");
		socket.on("data", (data) => {
			strays.push(`the foreign host got ${data}`);
			socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
		});
	});

	const resetting = await listen((socket) => socket.resetAndDestroy());

	const server = await listen((socket) => {
		const chunks: Buffer[] = [];
		let hasResponded = false;
		socket.on("data", (data) => {
			chunks.push(data);
			if (hasResponded || !isWhole(chunks)) return;
			hasResponded = true;
			const text = Buffer.concat(chunks).toString("latin1");
			const url = new URL(/^\S+ (\S+)/.exec(text)?.[1] ?? "/", "http://server");
			const endpoint = paths[url.pathname.slice(1)];
			if (endpoint === undefined) {
				strays.push(text);
				return void socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
			}
			const fault = url.searchParams.get("fault") ?? decodeURIComponent(/^fault: (.*)\r$/im.exec(text)?.[1] ?? "");
			const [, host = "", path = ""] = /^\/([^/]*)(.*)$/.exec(url.pathname) ?? [];
			arrivals.push({ host, path, fault, text });
			const steps = fault === "" ? http(200, JSON.stringify(responses[endpoint])) : byName.get(fault)?.steps(endpoint);
			if (steps === undefined) return void socket.end("HTTP/1.1 418 No such fault\r\nContent-Length: 0\r\n\r\n");
			void play(socket, steps.map((step) => (typeof step === "string" ? pointAt(step, foreign) : step)));
		});
	});

	// Its port is free again, so whoever connects is refused.
	const refusing = await listen(() => {});
	servers.pop()?.close();

	return {
		addresses: { server, refusing, resetting },
		arrivals,
		strays,
		async close() {
			for (const socket of sockets) socket.destroy();
			await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
		},
	};
}

const pointAt = (step: string, foreign: string) =>
	step.replace("FOREIGN_HOST", new URL(foreign).host).replace("FOREIGN", foreign);

/** Whether head and body of a request are there. */
function isWhole(chunks: Buffer[]): boolean {
	// The head alone is looked at as text, but for enormous ones.
	const text = Buffer.concat(chunks).toString("latin1");
	const end = text.indexOf("\r\n\r\n");
	if (end === -1) return false;
	const head = text.slice(0, end);
	const length = /^content-length: *(\d+)\r?$/im.exec(head)?.[1];
	if (length !== undefined) return text.length - end - 4 >= Number(length);
	return !/^transfer-encoding: *chunked/im.test(head) || text.endsWith("0\r\n\r\n");
}

async function play(socket: Socket, steps: Step[]): Promise<void> {
	for (const step of steps) {
		if (socket.destroyed) return;
		if (step === "END") {
			socket.end();
		} else if (step === "RESET") {
			// So that what was written before arrives before.
			await new Promise((resolve) => setTimeout(resolve, 20));
			socket.resetAndDestroy();
		} else if (typeof step === "object" && "endless" in step) {
			await repeat(socket, step);
		} else {
			await write(socket, step);
		}
	}
}

async function repeat(socket: Socket, { endless, every }: { endless: Uint8Array; every?: number }): Promise<void> {
	while (!socket.destroyed) {
		await write(socket, endless);
		await new Promise<unknown>((resolve) => (every === undefined ? setImmediate(resolve) : setTimeout(resolve, every)));
	}
}

async function write(socket: Socket, data: Uint8Array | string): Promise<void> {
	if (socket.write(data) || socket.destroyed) return;
	const done = new AbortController();
	const { signal } = done;
	await Promise.race([once(socket, "drain", { signal }), once(socket, "close", { signal })]).catch(() => {});
	done.abort();
}

/** Responds to a crowd: `respondTo`, in pieces and after pauses that are drawn at random. */
export async function startCrowdServer(seed: number): Promise<{ origin: string; close(): Promise<unknown> }> {
	const random = new Random(seed, 1);
	const pause = () => new Promise((resolve) => setTimeout(resolve, random.integer(0, 60)));
	const server = createHttpServer(async (request, response) => {
		let body = "";
		for await (const chunk of request.setEncoding("utf8")) body += chunk;
		const { status, json } = respondTo(request.url ?? "", request.headers.authorization ?? "", body);
		await pause();
		response.writeHead(status, { "Content-Type": "application/json", Connection: "close" });
		const text = JSON.stringify(json);
		const cut = random.integer(0, text.length);
		response.write(text.slice(0, cut));
		await pause();
		response.end(text.slice(cut));
	});
	server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
	await once(server, "listening");
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
	};
}
