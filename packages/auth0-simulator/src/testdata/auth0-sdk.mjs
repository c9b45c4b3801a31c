// Reads with Auth0's SDK, as it is published. Arguments: domain, client id, client secret, private key.
import { ManagementClient } from "auth0";
import { AuthenticationClient } from "auth0/legacy";

const [domain, clientId, clientSecret, privateKey] = process.argv.slice(2);

const authentication = new AuthenticationClient({ domain, clientId, clientSecret });
const audience = `https://${domain}/api/v2/`;
const { data: token } = await authentication.oauth.clientCredentialsGrant({ audience });

async function readAll(client) {
  const logs = [];
  let from = `900${"0".repeat(53)}`;
  for (;;) {
    // A whole address: of "/logs?from=…" the SDK (7.1.0) makes the path /api/v2/logs%3Ffrom=….
    const response = await client.fetch(`${audience}logs?from=${from}&take=100`, {}, { maxRetries: 0 });
    const page = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(page));
    if (page.length === 0) return logs;
    logs.push(...page);
    from = page.at(-1).log_id;
  }
}

const bySecret = await readAll(new ManagementClient({ domain, clientId, clientSecret }));
const byPrivateKey = await readAll(
  new ManagementClient({ domain, clientId, clientAssertionSigningKey: privateKey }),
);
const byToken = await readAll(new ManagementClient({ domain, token: token.access_token }));
const search = new ManagementClient({ domain, token: token.access_token });
const newest = (await search.logs.list({ sort: "date:-1" })).data;
// Without the token itself: what a test prints may be kept.
const { access_token: _, ...granted } = token;
process.stdout.write(JSON.stringify({ granted, bySecret, byPrivateKey, byToken, newest }));
