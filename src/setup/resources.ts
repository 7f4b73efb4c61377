/** Things of which there is one for all worktrees: databases and ports of the services that run beside, and lockfiles. */
import { asData, type Folder, textsOf } from "./folder.ts";
import type { Proposal, Unit } from "./model.ts";
import { isPlainName, isPlainPath } from "./plain.ts";

const COMPOSE = [
  ...["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
  ...["docker-compose.dev.yml", "docker-compose.test.yml", ".devcontainer/docker-compose.yml"],
];
/** Images that hold data, by the last part of their name. */
const DATABASES =
  /^(postgres|postgresql|postgis|mysql|mariadb|redis|valkey|mongo|mongodb|elasticsearch|opensearch|rabbitmq|kafka|cassandra|cockroach|clickhouse-server|clickhouse|mssql|server|minio|memcached|neo4j|influxdb|couchdb|timescaledb)$/;
const MAX_SERVICES = 20;

export function proposeResources(folder: Folder, units: readonly Unit[]): Proposal["resources"] {
  const found = new Map<string, string>();
  for (const file of COMPOSE.filter((name) => folder.has(name))) {
    const services = Object.entries(asData(folder.yaml(file).services)).slice(0, MAX_SERVICES);
    for (const [name, service] of services) {
      const { image, ports } = asData(service);
      const product = /([a-z0-9_-]{1,60})(?:[:@][^/]*)?$/.exec(typeof image === "string" ? image : "")?.[1];
      if (product !== undefined && DATABASES.test(product)) add(found, `database:${product}`, `${name} in ${file}`);
      else if (isPlainName(name) && Array.isArray(ports) && ports.some((port) => isFixed(port))) {
        add(found, `port:${name}`, `${name} in ${file}`);
      }
    }
  }
  const lockfiles = units.flatMap(({ lockfiles: each }) => each).filter(isPlainPath);
  for (const path of lockfiles) add(found, `lockfile:${path}`, "written anew by each who adds a dependency");
  return [...found].map(([name, why]) => ({ name, units: 1, why }));
}

/** A port of the machine that two cannot have: with only one number the machine chooses. */
function isFixed(port: unknown): boolean {
  return textsOf(port).some((text) => text.includes(":")) || asData(port).published !== undefined;
}

function add(found: Map<string, string>, name: string, why: string): void {
  if (!found.has(name)) found.set(name, why);
}
