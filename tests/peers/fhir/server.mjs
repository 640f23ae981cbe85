// A FHIR R4 server on loopback, for tests: `node server.mjs`; prints {"port": N} once it listens on a port of its own.
//
// The protocol, the validation and the search are Medplum's. Ours is the back door: a test may inject faults, change
// what the server advertises and honours, make it store something else, and read what was asked of it.
//
//   POST /_control/faults   [{method, match, mode, times, skip, after, status, ms, headers}]   the first that fits is used
//        mode: reset-before | reset-after | hang | hang-after | status | delay; match, after: regular expressions
//        skip: so many that fit are let through first
//   POST /_control/well     no more faults
//   POST /_control/options  {token, conditionalCreate, honoursConditionalCreate, versioning, ...}   see DEFAULTS below
//   POST /_control/reset    forget resources, faults, options and log
//   GET  /_control/log      [{method, url, ifNoneExist, ifMatch, type}]
import http from 'node:http';
import { core, load, ValidatingRepository } from './repository.mjs';

const { FhirRouter } = load('@medplum/fhir-router');
const BASE = '/fhir';
const DEFAULTS = {
  token: null,
  fhirVersion: '4.0.1',
  interactions: ['read', 'create', 'update', 'search-type'],
  searchParams: [],
  conditionalCreate: true, // what it says
  honoursConditionalCreate: true, // what it does
  versioning: 'versioned-update',
  tamper: [], // [{path: ["code", "text"], value: "..."}]: stored instead of what was sent; null removes
  ignoresFlagSearch: false, // answers every search for flags with all of them
  pageSize: 0, // entries; 0: all at once
  nextPageBase: null, // where it says that further pages are
  hidesNextPage: false,
};

const repository = new ValidatingRepository();
const router = new FhirRouter();
const pages = new Map();
let options, faults, log;

function reset() {
  repository.clear();
  options = { ...DEFAULTS };
  faults = [];
  log = [];
  pages.clear();
}

const capability = () => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  kind: 'instance',
  date: '2026-01-01',
  fhirVersion: options.fhirVersion,
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: ['Patient', 'Flag'].map((type) => ({
        type,
        interaction: (type === 'Flag' ? options.interactions : DEFAULTS.interactions).map((code) => ({ code })),
        conditionalCreate: options.conditionalCreate,
        versioning: options.versioning,
        searchParam: type === 'Flag' && options.searchParams.length > 0 ? options.searchParams.map((name) => ({ name, type: 'token' })) : undefined,
      })),
    },
  ],
});

const wasAsked = (pattern) => log.slice(0, -1).some((entry) => new RegExp(pattern).test(entry.url));

function takeFault(method, url) {
  const fits = (fault) =>
    (!fault.method || fault.method === method) && new RegExp(fault.match ?? '').test(url) && (!fault.after || wasAsked(fault.after));
  const index = faults.findIndex((fault) => fits(fault) && !(fault.skip-- > 0));
  if (index < 0) return {};
  const fault = faults[index];
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(index, 1);
  return fault;
}

function tampered(resource) {
  for (const { path, value } of options.tamper) {
    const last = path[path.length - 1];
    const holder = path.slice(0, -1).reduce((inner, name) => inner?.[name], resource);
    if (!holder) continue;
    if (value === null) delete holder[last];
    else holder[last] = value;
  }
  return resource;
}

function bodyOf(request, raw) {
  if (raw === '') return undefined;
  if (request.headers['content-type']?.includes('urlencoded')) return Object.fromEntries(new URLSearchParams(raw));
  const body = JSON.parse(raw);
  return body.resourceType === 'Flag' ? tampered(body) : body;
}

const searchesFlags = (request) => request.url.startsWith(`${BASE}/Flag/_search`) || request.url.startsWith(`${BASE}/Flag?`);

async function handle(request, raw) {
  const url = request.url.slice(BASE.length) || '/';
  if (url === '/metadata') return [core.allOk, capability()];
  if (url.startsWith('/?_getpages=') || url.startsWith('?_getpages=')) return [core.allOk, pages.get(url.split('=')[1])];
  const headers = { ...request.headers };
  if (!options.honoursConditionalCreate) delete headers['if-none-exist'];
  let body = bodyOf(request, raw);
  if (options.ignoresFlagSearch && searchesFlags(request)) body = {};
  const asked = { method: request.method, url, pathname: '', query: {}, params: {}, headers, body, config: { transactions: true } };
  try {
    return await router.handleRequest(asked, repository);
  } catch (error) {
    return [core.normalizeOperationOutcome(error)];
  }
}

// Medplum gives one page; longer results are cut here, and the rest lies under an address that only this server knows.
function inPages(request, result) {
  if (result?.resourceType !== 'Bundle' || options.pageSize === 0) return result;
  const rest = result.entry?.slice(options.pageSize) ?? [];
  if (rest.length === 0) return result;
  const token = String(pages.size + 1);
  pages.set(token, { ...result, entry: rest });
  const base = options.nextPageBase ?? `http://${request.headers.host}${BASE}`;
  const link = options.hidesNextPage ? [] : [{ relation: 'next', url: `${base}?_getpages=${token}` }];
  return { ...result, entry: result.entry.slice(0, options.pageSize), link };
}

function answerHeaders(request, status, result) {
  if (!result?.meta?.versionId) return {};
  const headers = { ETag: `W/"${result.meta.versionId}"`, 'Last-Modified': new Date(result.meta.lastUpdated).toUTCString() };
  if (status === 201) headers.Location = `http://${request.headers.host}${BASE}/${result.resourceType}/${result.id}/_history/${result.meta.versionId}`;
  return headers;
}

function send(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/fhir+json; charset=utf-8', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

function control(request, response, raw) {
  switch (request.url.slice('/_control/'.length)) {
    case 'faults':
      faults.push(...JSON.parse(raw));
      return send(response, 200, {});
    case 'well':
      faults = [];
      return send(response, 200, {});
    case 'options':
      Object.assign(options, JSON.parse(raw));
      return send(response, 200, {});
    case 'reset':
      reset();
      return send(response, 200, {});
    case 'log':
      return send(response, 200, log);
    default:
      return send(response, 404, core.notFound);
  }
}

let turn = Promise.resolve(); // one request at a time, so that a conditional create has no race

async function serve(request, response) {
  const chunks = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return; // the client was cut off while it spoke: nothing was asked
  }
  const raw = Buffer.concat(chunks).toString();
  if (request.url.startsWith('/_control/')) return control(request, response, raw);
  const { method, url, headers } = request;
  log.push({ method, url, ifNoneExist: headers['if-none-exist'], ifMatch: headers['if-match'], type: headers['content-type'] });
  const fault = takeFault(method, url);
  if (fault.mode === 'reset-before') return request.socket.resetAndDestroy();
  if (fault.mode === 'hang') return;
  if (fault.mode === 'status') return send(response, fault.status, core.badRequest('injected'), fault.headers);
  if (fault.mode === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
  if (options.token && headers.authorization !== `Bearer ${options.token}`) return send(response, 401, core.unauthorized, { 'WWW-Authenticate': 'Bearer' });
  if (!/^\/fhir[/?]/.test(url)) return send(response, 404, core.notFound);
  turn = turn.then(() => handle(request, raw).catch(() => [core.badRequest('not a FHIR request')]));
  const [outcome, result] = await turn;
  if (fault.mode === 'reset-after') return request.socket.resetAndDestroy(); // done, but the client never hears of it
  if (fault.mode === 'hang-after') return;
  const status = core.getStatus(outcome);
  send(response, status, result && core.isOk(outcome) ? inPages(request, result) : outcome, answerHeaders(request, status, result));
}

reset();
const server = http.createServer(serve);
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.on('SIGTERM', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume(); // whoever started us is gone: so are we
