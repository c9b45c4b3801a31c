import type { ActionName } from "./actions.ts";

interface PresetRule {
  readonly action: ActionName;
  readonly paths: readonly string[];
}

/**
 * Where Auth0's log holds personal data: by the schemas of its event types
 * (https://github.com/auth0/auth0-log-schemas), what Auth0 says of them
 * (https://auth0.com/docs/deploy-monitor/logs/pii-in-logs), and the names of OpenID Connect's and SCIM's claims, which
 * are in the bodies of requests. `**.` in front, because a field can be anywhere in `details`, and new event types put
 * it elsewhere. The table in the README is kept equal by a test.
 */
export const auth0Pii: readonly PresetRule[] = [
  {
    action: "pseudonymize",
    paths: [
      ...["**.user_id", "**.userId", "**.identity_user_id", "**.idp_user_id", "**.identity"],
      ...["**.sub", "**.subject", "**.externalId"],
    ],
  },
  {
    action: "hash_email",
    paths: [
      ...["**.user_name", "**.username", "**.userName", "**.oldUsername", "**.newUsername", "**.newUername"],
      ...["**.email", "**.emails", "**.newEmail", "**.oldEmail", "**.mail", "**.recipient"],
      ...[
        "**.login_hint",
        "**.loginHint",
        "**.preferred_username",
        "**.upn",
        "details.enrollment.identifier",
      ],
    ],
  },
  {
    action: "pseudonymize",
    paths: ["**.phone_number", "**.phoneNumber", "**.phoneNumbers", "**.phone"],
  },
  {
    action: "truncate_ip",
    paths: [
      ...["**.ip", "**.client_ip", "**.clientIp", "**.ip_address", "**.ipAddress"],
      ...["**.x-forwarded-for", "**.x_forwarded_for"],
    ],
  },
  {
    action: "mask",
    paths: [
      ...["**.given_name", "**.givenName", "**.first_name", "**.firstName", "**.middle_name"],
      ...["**.family_name", "**.familyName", "**.last_name", "**.lastName"],
      ...["**.full_name", "**.fullName", "**.displayName", "**.nickname", "**.nickName", "**.user.name"],
      ...["details.body.name", "details.request.body.name", "details.response.body.name"],
      ...["details.enrollment.name", "**.picture", "**.photos", "**.profile", "**.website"],
      ...["**.address", "**.addresses", "**.birthdate", "**.gender"],
      ...["**.user_metadata.**", "**.app_metadata.**"],
    ],
  },
  {
    action: "remove",
    paths: ["**.latitude", "**.longitude", "**.city_name", "**.postal_code"],
  },
  {
    action: "pseudonymize",
    paths: [
      ...["**.session_id", "**.sessionId", "**.sid", "**.device_id", "**.deviceId"],
      ...["details.authenticator.id", "details.riskAssessment.**.device"],
    ],
  },
  {
    action: "mask",
    paths: [
      ...["**.password", "**.newPassword", "**.new_password", "**.otp", "**.recovery_code"],
      ...["**.access_token", "**.id_token", "**.client_secret", "**.authorization"],
      ...["**.ticket", "details.link"],
    ],
  },
  { action: "scrub", paths: ["**"] },
];
