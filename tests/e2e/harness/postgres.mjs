// A private PostgreSQL on a loopback port, never as root.
import { chownSync } from "node:fs";
import { freePort } from "./lab.mjs";
import { postgresProgram } from "./places.mjs";
import { Program, runWell } from "./program.mjs";
import { eventually } from "./waiting.mjs";

/// {uid, gid} to run a server as: our own, or the user `postgres` when we are root.
export async function serverUser() {
  if (process.getuid() !== 0) return {};
  const number = async (option) => Number(await runWell("id", [option, "postgres"]));
  return { uid: await number("-u"), gid: await number("-g") };
}

export class PostgresServer {
  static async start(lab, name = "postgres") {
    const server = new PostgresServer();
    Object.assign(server, { lab, name, user: await serverUser(), port: await freePort() });
    server.home = lab.folder(name);
    if (server.user.uid !== undefined) chownSync(server.home, server.user.uid, server.user.gid);
    const { home, user } = server;
    await runWell(postgresProgram("initdb"), ["-D", `${home}/data`, "-U", "bridge", "-A", "trust",
      "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"], { user });
    lab.keep(server);
    await server.startAgain();
    return server;
  }

  get url() {
    return `postgresql://bridge@127.0.0.1:${this.port}/postgres`;
  }

  async startAgain() {
    this.program = new Program(this.name, postgresProgram("postgres"), [
      "-D", `${this.home}/data`, "-k", this.home, "-p", String(this.port),
      "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=40",
      "-c", "logging_collector=off",
    ], { log: this.lab.path(`${this.name}.log`), user: this.user, orphaned: "QUIT" });
    await eventually("PostgreSQL takes connections", async () => {
      this.program.mustRun();
      return runWell(postgresProgram("pg_isready"), ["-h", "127.0.0.1", "-p", String(this.port)]);
    });
  }

  /// Ends it at once, as a crash would: what was committed is there when it starts again.
  async stop() {
    await this.program.end("SIGQUIT");
  }

  async close() {
    if (this.program?.running) await this.program.end("SIGQUIT");
  }
}
