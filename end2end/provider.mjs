// An OpenID Connect provider on loopback: discovery, authorization code with PKCE, ES256. Whoever comes is let in as
// whom the query of `/as` said last.
import { createHash, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' };
const b64 = (x) => Buffer.from(typeof x === 'string' ? x : JSON.stringify(x)).toString('base64url');
let person = {};
const codes = new Map();

const token = ({ client, nonce, ...claims }) => {
  const now = Math.floor(Date.now() / 1000);
  const body = `${b64({ alg: 'ES256', kid: 'k' })}.${b64({ iss: issuer, aud: client, iat: now, exp: now + 300, nonce, ...claims })}`;
  return `${body}.${sign('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
};

createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  const json = (value, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  let body = '';
  for await (const part of request) body += part;
  if (url.pathname === '/.well-known/openid-configuration') {
    return json({
      issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'],
    });
  }
  if (url.pathname === '/keys') return json({ keys: [jwk] });
  if (url.pathname === '/as') {
    person = Object.fromEntries([...url.searchParams].map(([k, v]) => [k, v === 'true' ? true : v === 'false' ? false : v]));
    return json(person);
  }
  if (url.pathname === '/authorize') {
    const asked = url.searchParams;
    const code = randomUUID();
    codes.set(code, { client: asked.get('client_id'), nonce: person.nonce ?? asked.get('nonce'), challenge: asked.get('code_challenge') });
    const back = new URL(asked.get('redirect_uri'));
    back.searchParams.set('code', code);
    back.searchParams.set('state', person.state ?? asked.get('state'));
    return response.writeHead(302, { location: back.href }).end();
  }
  if (url.pathname === '/token') {
    const sent = new URLSearchParams(body);
    const kept = codes.get(sent.get('code'));
    codes.delete(sent.get('code'));
    const proof = createHash('sha256').update(sent.get('code_verifier') ?? '').digest('base64url');
    if (!kept || proof !== kept.challenge) return json({ error: 'invalid_grant' }, 400);
    const { state, nonce, ...claims } = person;
    return json({ access_token: 'x', token_type: 'Bearer', id_token: token({ client: kept.client, nonce: kept.nonce, ...claims }) });
  }
  json({}, 404);
}).listen(port, '127.0.0.1');
