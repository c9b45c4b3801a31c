/** How it ended. */
export type Outcome = "success" | "failure" | "warning" | "blocked" | "notice";

/** How loud an entry is: the scale of the old Auth0 log extensions. */
export type Level = 0 | 1 | 2 | 3 | 4;

/** The names of the levels 0 to 4, in order. */
export const levelNames = ["debug", "info", "warning", "error", "critical"] as const;

/** What is known about one of Auth0's event codes. */
export interface EventType {
  /** The `type` of an entry: `f`, `limit_wc`. */
  readonly code: string;
  readonly name: string;
  readonly description: string;
  /** Auth0's filter category, such as `auth.login.fail`. Null: Auth0 files the code under none. */
  readonly category: string | null;
  readonly outcome: Outcome;
  readonly level: Level;
}

// code | level | outcome | category | name | description
// One line a type, so that a new one is a one-line change. Levels of the codes that Auth0's log extensions knew are
// theirs; `fv`, a failure at level 0, is one of those.
const table = `
acls_summary                               | 1 | notice  | other                       | Network ACL summary | Periodic roll-up of how many requests matched each tenant network ACL in a time window.
actions_execution_failed                   | 3 | failure | actions                     | Action execution failed | A tenant Action threw or was aborted while it was running.
acul_sdk_notice                            | 2 | notice  | system.notification         | ACUL SDK notice | Version notice about the SDK used by Advanced Customizations for Universal Login (deprecated, unsupported or missing version).
admin_update_launch                        | 1 | notice  | system.notification         | Auth0 update launched | Private-deployment event: an administrator started an Auth0 platform update. Legacy code.
api_limit                                  | 4 | blocked | system.notification         | API rate limit reached | The tenant used up its request allowance on the Authentication or Management API, or a custom rate limit policy was exceeded.
api_limit_warning                          | 2 | warning | system.notification         | API rate limit nearly reached | Request volume on the Authentication or Management API is close to the allowed maximum.
appi                                       | 2 | notice  | system.notification         | API peak performance started | A slice of the purchased burst allowance for the Authentication API was consumed.
ciba_exchange_failed                       | 3 | failure | auth.token_exchange.fail    | CIBA token exchange failed | Swapping a backchannel auth_req_id for tokens was refused.
ciba_exchange_succeeded                    | 1 | success | auth.token_exchange.success | CIBA token exchange succeeded | A backchannel auth_req_id was swapped for tokens.
ciba_start_failed                          | 3 | failure | other                       | CIBA start failed | A client-initiated backchannel authentication request could not be opened.
ciba_start_succeeded                       | 1 | success | other                       | CIBA start succeeded | A client-initiated backchannel authentication request was opened.
cls                                        | 0 | success | other                       | Passwordless code or link sent | A passwordless sign-in code or magic link went out to the user.
coff                                       | 3 | failure | system.notification         | AD/LDAP connector offline | An AD/LDAP connector lost contact with Auth0.
con                                        | 1 | success | system.notification         | AD/LDAP connector online | An AD/LDAP connector is connected and serving requests.
connected_accounts_connection_failed       | 3 | failure | user.fail                   | Connected account link failed | The user could not attach a third-party account to their profile.
connected_accounts_connection_succeeded    | 1 | success | user.success                | Connected account linked | The user attached a third-party account to their profile.
connected_accounts_delete_failed           | 3 | failure | user.fail                   | Connected account removal failed | The user could not detach a linked third-party account.
connected_accounts_delete_succeeded        | 1 | success | user.success                | Connected account removed | The user detached a linked third-party account.
cs                                         | 0 | success | user.notification           | Passwordless code sent | A passwordless sign-in code went out to the user.
custom_domain_verification_failed          | 3 | failure | system.notification         | Custom domain verification failed | Auth0 could not verify ownership of a custom domain.
depnote                                    | 2 | notice  | system.notification         | Deprecation notice | The tenant called a feature that is scheduled for removal; at most one entry per feature per hour.
directory_sync_completed                   | 1 | success | system.notification         | Directory sync completed | An inbound directory synchronisation run ended normally.
directory_sync_failed                      | 3 | failure | system.notification         | Directory sync failed | An inbound directory synchronisation run ended with an error.
directory_sync_started                     | 0 | notice  | system.notification         | Directory sync started | An inbound directory synchronisation run began.
du                                         | 1 | success | -                           | User deleted | A user account was removed. Legacy code, superseded by sdu.
f                                          | 3 | failure | auth.login.fail             | Login failed | A login failed for a reason that the more specific codes fp and fu do not cover.
failed_on_behalf_of_token_exchange         | 3 | failure | auth.token_exchange.fail    | On-behalf-of exchange failed | A service could not swap a user token for a downstream token on the user's behalf.
fapi                                       | 3 | failure | -                           | Management API operation failed | A Management API call ended in an error. Legacy code, absent from the current docs list.
fc                                         | 3 | failure | auth.login.fail             | Connector login failed | A login that went through an AD/LDAP connector failed.
fce                                        | 3 | failure | user.fail                   | Email change failed | The user's email address could not be changed.
fco                                        | 3 | failure | auth.login.fail             | Blocked by CORS | The calling origin is missing from the application's allowed origins.
fcoa                                       | 3 | failure | auth.login.fail             | Cross-origin authentication failed | An embedded (cross-origin) login attempt was refused.
fcp                                        | 3 | failure | user.fail                   | Password change failed | The user's password could not be changed.
fcph                                       | 3 | failure | user.fail                   | Post-change-password hook failed | The hook that runs after a password change ended with an error.
fcpn                                       | 3 | failure | user.fail                   | Phone number change failed | The user's phone number could not be changed.
fcpr                                       | 3 | failure | user.fail                   | Password change request failed | A request to start a password reset could not be handled.
fcpro                                      | 4 | failure | system.notification         | Connector provisioning failed | An AD/LDAP connector could not be set up.
fcu                                        | 3 | failure | user.fail                   | Username change failed | The user's username could not be changed.
fd                                         | 3 | failure | user.fail                   | Delegation failed | A delegation token could not be issued.
fdeac                                      | 3 | failure | other                       | Device activation failed | The device flow stopped because the device could not be activated.
fdeaz                                      | 3 | failure | user.fail                   | Device authorization request failed | The opening request of the device flow was refused.
fdecc                                      | 3 | failure | user.fail                   | Device confirmation cancelled | The user declined to confirm the device in the device flow.
fdeleacft                                  | 3 | failure | auth.token_exchange.fail    | Delegated code exchange failed | A delegated authorization code could not be swapped for an access token.
fdelsa                                     | 3 | failure | auth.silent_auth.fail       | Delegated silent authentication failed | A silent authentication in a delegated session was refused.
fdu                                        | 3 | failure | user.fail                   | User deletion failed | A user account could not be removed.
feacft                                     | 3 | failure | auth.token_exchange.fail    | Code exchange failed | An authorization code could not be swapped for an access token.
feccft                                     | 3 | failure | auth.token_exchange.fail    | Client credentials exchange failed | A machine-to-machine application did not get an access token.
fecte                                      | 3 | failure | auth.token_exchange.fail    | Custom token exchange failed | A custom token exchange was refused.
fede                                       | 3 | failure | auth.token_exchange.fail    | Device code exchange failed | A device code could not be swapped for an access token.
federated_logout_failed                    | 3 | failure | auth.logout.fail            | Federated logout failed | The session at the upstream identity provider could not be ended.
fens                                       | 3 | failure | auth.login.fail             | Native social login failed | A native social sign-in token could not be exchanged.
feoobft                                    | 3 | failure | auth.token_exchange.fail    | OOB MFA exchange failed | Password plus out-of-band challenge did not yield an access token.
feotpft                                    | 3 | failure | auth.token_exchange.fail    | OTP MFA exchange failed | Password plus one-time-code challenge did not yield an access token.
fepft                                      | 3 | failure | auth.token_exchange.fail    | Password exchange failed | A password grant did not yield an access token.
fepotpft                                   | 3 | failure | auth.token_exchange.fail    | Passwordless OTP exchange failed | A passwordless one-time code did not yield an access token.
fercft                                     | 3 | failure | auth.token_exchange.fail    | Recovery code exchange failed | Password plus MFA recovery code did not yield an access token.
ferrt                                      | 3 | failure | auth.token_exchange.fail    | Rotating refresh token refused | A rotating refresh token was rejected, for example because it had already been used.
fertft                                     | 3 | failure | auth.token_exchange.fail    | Refresh token exchange failed | A refresh token did not yield an access token, for example because it expired or was revoked.
feta                                       | 3 | failure | auth.token_exchange.success | Token Vault exchange failed | Token Vault could not exchange a token for a connected account.
fi                                         | 3 | failure | other                       | Invitation acceptance failed | An invitation could not be accepted, for instance because another email address was used or provisioning broke.
flo                                        | 3 | failure | auth.logout.fail            | Logout failed | The user's logout did not complete.
flows_execution_completed                  | 1 | success | other                       | Flow execution completed | A Flow ran through to its end.
flows_execution_failed                     | 3 | failure | other                       | Flow execution failed | A Flow stopped with an error.
fn                                         | 3 | failure | user.fail                   | Notification not sent | An email or other notification could not be delivered to the sender service.
forms_submission_failed                    | 3 | failure | other                       | Form submission failed | A submitted Form was rejected or broke while being handled.
forms_submission_succeeded                 | 1 | success | other                       | Form submitted | A Form was submitted and accepted.
fp                                         | 3 | failure | auth.login.fail             | Login failed: wrong password | The password given for an existing user was wrong.
fpar                                       | 3 | failure | other                       | Pushed authorization request failed | A pushed authorization request (PAR) was refused.
fpurh                                      | 3 | failure | other                       | Post-registration hook failed | The hook that runs after user registration ended with an error.
fs                                         | 3 | failure | auth.signup.fail            | Signup failed | A new user could not be registered.
fsa                                        | 3 | failure | auth.silent_auth.fail       | Silent authentication failed | A prompt=none authentication was refused.
fscim                                      | 3 | failure | scim.event                  | SCIM operation failed | An inbound SCIM provisioning call ended with an error.
fu                                         | 3 | failure | auth.login.fail             | Login failed: unknown user | The username or email given at login was not valid.
fui                                        | 2 | failure | system.notification         | User import failed | A bulk user import did not succeed.
fv                                         | 0 | failure | user.fail                   | Verification email failed | The verification email could not be sent.
fvr                                        | 3 | failure | user.fail                   | Verification email request failed | A request to send a verification email could not be handled.
gd_auth_email_verification                 | 1 | success | other                       | Email verification confirmed | The email verification challenge was completed.
gd_auth_fail_email_verification            | 3 | failure | -                           | Email verification challenge failed | The email verification challenge was not completed.
gd_auth_failed                             | 3 | failure | other                       | MFA failed | A second-factor check failed, through a wrong code or a system fault.
gd_auth_rejected                           | 3 | failure | other                       | MFA push rejected | The user turned down a push approval request.
gd_auth_succeed                            | 1 | success | other                       | MFA succeeded | The second-factor check passed.
gd_enrollment_complete                     | 1 | success | user.notification           | MFA enrollment complete | A user finished registering their first second factor.
gd_module_switch                           | 1 | success | -                           | Guardian module switched | A Guardian MFA module was turned on or off. Legacy code.
gd_otp_rate_limit_exceed                   | 2 | blocked | other                       | MFA code limit exceeded | Too many MFA codes were requested or entered wrongly, so further tries are held back.
gd_recovery_failed                         | 3 | failure | other                       | MFA recovery failed | A wrong recovery code was entered.
gd_recovery_rate_limit_exceed              | 2 | blocked | -                           | MFA recovery limit exceeded | Too many wrong recovery codes were entered, so further tries are held back.
gd_recovery_succeed                        | 1 | success | other                       | MFA recovery succeeded | The user signed in with a recovery code.
gd_send_email                              | 1 | success | other                       | MFA email sent | An email with an MFA code went out.
gd_send_email_verification                 | 1 | success | other                       | Email verification sent | A verification challenge email went out.
gd_send_email_verification_failure         | 3 | failure | -                           | Email verification not sent | A verification challenge email could not be sent.
gd_send_pn                                 | 1 | success | other                       | MFA push sent | A push notification for MFA went out.
gd_send_pn_failure                         | 3 | failure | other                       | MFA push not sent | A push notification for MFA could not be sent.
gd_send_sms                                | 1 | success | other                       | MFA SMS sent | A text message with an MFA code went out.
gd_send_sms_failure                        | 3 | failure | other                       | MFA SMS not sent | A text message with an MFA code could not be sent.
gd_send_voice                              | 1 | success | other                       | MFA voice call placed | A voice call with an MFA code was made.
gd_send_voice_failure                      | 3 | failure | other                       | MFA voice call failed | A voice call with an MFA code could not be made.
gd_start_auth                              | 1 | notice  | other                       | MFA challenge started | A second-factor check began.
gd_start_enroll                            | 1 | notice  | user.notification           | MFA enrollment started | A user began to register a second factor.
gd_start_enroll_failed                     | 3 | failure | other                       | MFA enrollment start failed | Registering a second factor could not begin.
gd_tenant_update                           | 1 | success | other                       | Guardian tenant updated | MFA settings of the tenant were changed.
gd_unenroll                                | 1 | success | user.notification           | MFA device unenrolled | A second-factor device was removed from a user.
gd_update_device_account                   | 1 | success | user.notification           | MFA device updated | A second-factor device record was changed.
gd_user_delete                             | 1 | success | -                           | Guardian user deleted | The MFA record of a user was removed. Legacy code.
gd_webauthn_challenge_failed               | 3 | failure | other                       | WebAuthn challenge failed | The browser or user could not satisfy a WebAuthn factor check.
gd_webauthn_enrollment_failed              | 3 | failure | other                       | WebAuthn enrollment failed | The browser could not register a WebAuthn factor.
idjag_exchange_failed                      | 3 | failure | auth.token_exchange.fail    | ID-JAG exchange failed | An identity-assertion grant JWT did not yield an access token (cross-app access).
idjag_exchange_succeeded                   | 1 | success | auth.token_exchange.success | ID-JAG exchange succeeded | An identity-assertion grant JWT was swapped for an access token (cross-app access).
jwt_bearer_exchange_failed                 | 3 | failure | auth.token_exchange.fail    | JWT bearer exchange failed | A JWT bearer assertion did not yield an access token.
kms_key_management_failure                 | 3 | failure | other                       | KMS operation failed | A key-management API call ended with an error.
kms_key_management_success                 | 1 | success | other                       | KMS operation succeeded | A key-management API call completed.
kms_key_state_changed                      | 1 | notice  | other                       | KMS key state changed | An encryption key moved to another state.
limit_delegation                           | 4 | blocked | system.notification         | Delegation limit reached | The delegation endpoint was called too often, so the caller is held back for a while.
limit_mu                                   | 4 | blocked | system.notification         | IP address blocked | One IP address made too many failed logins over many accounts, or too many signups, and was throttled.
limit_phone                                | 4 | blocked | system.notification         | Phone message limit reached | A user hit the cap on SMS messages or voice calls for the period.
limit_sul                                  | 4 | blocked | other                       | Same-user login limit reached | A user hit the cap on logins from one IP address for the period and must wait.
limit_ui                                   | 4 | blocked | -                           | Userinfo limit reached | The /userinfo endpoint was called too often. Legacy code.
limit_wc                                   | 4 | blocked | system.notification         | Account blocked for IP | Brute-force protection: one IP address failed too often on a single account and was blocked.
mfar                                       | 0 | notice  | other                       | MFA required | The user was asked for a second factor; carries the risk assessment when Adaptive MFA is on.
mgmt_api_read                              | 1 | success | management.success          | Management API secret read | A GET on the Management API returned a secret value; ordinary reads are not logged.
my_account_authentication_method_failed    | 3 | failure | user.fail                   | My Account method change failed | An authentication-method operation through the My Account API failed.
my_account_authentication_method_succeeded | 1 | success | user.success                | My Account method changed | An authentication-method operation through the My Account API completed.
oidc_backchannel_logout_failed             | 3 | failure | auth.logout.fail            | Back-channel logout failed | An application could not be told to end a session through OIDC back-channel logout.
oidc_backchannel_logout_succeeded          | 1 | success | auth.logout.success         | Back-channel logout succeeded | An application was told to end a session through OIDC back-channel logout.
organization_member_added                  | 1 | success | other                       | Organization member added | A user became a member of an organization.
passkey_challenge_failed                   | 3 | failure | other                       | Passkey challenge failed | A native passkey challenge was not satisfied.
passkey_challenge_started                  | 0 | notice  | other                       | Passkey challenge started | A native passkey challenge was issued.
pla                                        | 0 | notice  | other                       | Pre-login assessment | Bot-detection verdict recorded before a login, also when enforcement is off.
pwd_leak                                   | 3 | blocked | other                       | Leaked password at login | A login used a password known from a breach; recorded at most once per hour per IP address.
reset_pwd_leak                             | 4 | blocked | other                       | Leaked password at reset | A password reset used a password known from a breach.
resource_cleanup                           | 2 | notice  | other                       | Resources cleaned up | Items over a tenant limit, typically refresh tokens, were removed.
rich_consents_access_error                 | 3 | failure | other                       | Rich consent unreadable | A rich consent record could not be fetched.
s                                          | 1 | success | auth.login.success          | Login succeeded | A user signed in.
sapi                                       | 1 | success | management.success          | Management API write succeeded | A POST, PUT, PATCH or DELETE on the Management API completed.
sce                                        | 1 | success | user.success                | Email changed | The user's email address was changed.
scoa                                       | 1 | success | auth.login.success          | Cross-origin authentication succeeded | An embedded (cross-origin) login passed.
scp                                        | 1 | success | user.success                | Password changed | The user's password was changed.
scph                                       | 1 | success | -                           | Post-change-password hook succeeded | The hook that runs after a password change completed. Legacy code.
scpn                                       | 1 | success | user.success                | Phone number changed | The user's phone number was changed.
scpr                                       | 0 | success | user.success                | Password change requested | A request to start a password reset was accepted.
scu                                        | 1 | success | user.success                | Username changed | The user's username was changed.
scv                                        | 1 | success | auth.login.notification     | Credentials validated | A credential check passed as a step of a larger flow.
sd                                         | 1 | success | user.success                | Delegation succeeded | A delegation token was issued.
sdel                                       | 1 | success | auth.login.success          | Delegated login succeeded | A sign-in in a delegated session passed.
sdeleacft                                  | 1 | success | auth.token_exchange.success | Delegated code exchange succeeded | A delegated authorization code was swapped for an access token.
sdelsa                                     | 1 | success | auth.silent_auth.success    | Delegated silent authentication succeeded | A silent authentication in a delegated session passed.
sdu                                        | 1 | success | user.success                | User deletion succeeded | A user account was removed.
seacft                                     | 1 | success | auth.token_exchange.success | Code exchange succeeded | An authorization code was swapped for an access token.
seccft                                     | 1 | success | auth.token_exchange.success | Client credentials exchange succeeded | A machine-to-machine application got an access token; every token request of a log puller leaves one of these.
secte                                      | 1 | success | auth.token_exchange.success | Custom token exchange succeeded | A custom token exchange completed.
sede                                       | 1 | success | auth.token_exchange.success | Device code exchange succeeded | A device code was swapped for an access token.
sens                                       | 1 | success | auth.login.success          | Native social login succeeded | A native social sign-in token was exchanged.
seoobft                                    | 1 | success | auth.token_exchange.success | OOB MFA exchange succeeded | Password plus out-of-band challenge yielded an access token.
seotpft                                    | 1 | success | auth.token_exchange.success | OTP MFA exchange succeeded | Password plus one-time-code challenge yielded an access token.
sepft                                      | 1 | success | auth.token_exchange.success | Password exchange succeeded | A password grant yielded an access token.
sepkoobft                                  | 1 | success | auth.token_exchange.success | Passkey and OOB exchange succeeded | Passkey plus out-of-band challenge yielded an access token.
sepkotpft                                  | 1 | success | auth.token_exchange.success | Passkey and OTP exchange succeeded | Passkey plus one-time-code challenge yielded an access token.
sepkrcft                                   | 1 | success | auth.token_exchange.success | Passkey and recovery code exchange succeeded | Passkey plus MFA recovery code yielded an access token.
sercft                                     | 1 | success | auth.token_exchange.success | Recovery code exchange succeeded | Password plus MFA recovery code yielded an access token.
sertft                                     | 1 | success | auth.token_exchange.success | Refresh token exchange succeeded | A refresh token was swapped for an access token.
seta                                       | 1 | success | auth.token_exchange.success | Token Vault exchange succeeded | Token Vault exchanged a token for a connected account.
si                                         | 1 | success | other                       | Invitation accepted | A user accepted an invitation.
signup_pwd_leak                            | 4 | blocked | other                       | Leaked password at signup | A signup used a password known from a breach.
slo                                        | 1 | success | auth.logout.success         | Logout succeeded | The user logged out.
srrt                                       | 1 | success | user.success                | Refresh token revoked | A refresh token was revoked.
ss                                         | 1 | success | auth.signup.success         | Signup succeeded | A new user was registered.
ss_sso_failure                             | 3 | failure | user.fail                   | Self-service SSO failed | A step of the self-service SSO assistant failed.
ss_sso_info                                | 1 | notice  | user.notification           | Self-service SSO information | The self-service SSO assistant reported a step, such as a connection trial starting or ending.
ss_sso_success                             | 1 | success | user.success                | Self-service SSO succeeded | A step of the self-service SSO assistant completed.
ssa                                        | 1 | success | auth.silent_auth.success    | Silent authentication succeeded | A prompt=none authentication passed.
sscim                                      | 1 | success | scim.event                  | SCIM operation succeeded | An inbound SCIM provisioning call completed.
success_on_behalf_of_token_exchange        | 1 | success | auth.token_exchange.success | On-behalf-of exchange succeeded | A service swapped a user token for a downstream token on the user's behalf.
sui                                        | 1 | success | user.success                | User import succeeded | A bulk user import completed.
sv                                         | 0 | success | user.success                | Verification email consumed | The user opened the link of a verification email.
svr                                        | 0 | success | user.success                | Verification email requested | A verification email was queued for sending.
sys_os_update_end                          | 1 | success | system.notification         | OS update ended | Private-deployment event: an operating-system update finished. Legacy code.
sys_os_update_start                        | 1 | notice  | system.notification         | OS update started | Private-deployment event: an operating-system update began. Legacy code.
sys_update_end                             | 1 | success | system.notification         | Auth0 update ended | Private-deployment event: an Auth0 platform update finished. Legacy code.
sys_update_start                           | 1 | notice  | system.notification         | Auth0 update started | Private-deployment event: an Auth0 platform update began. Legacy code.
token_quota_consumption_warning            | 2 | warning | -                           | M2M token quota warning | Use of a fine-grained M2M token quota passed 60, 80 or 100 percent (early-access feature).
too_many_records                           | 4 | blocked | -                           | Authenticator limit reached | A user already has the highest allowed number of authenticators.
ublkdu                                     | 1 | success | user.notification           | User unblocked | A block set by attack protection on a user was lifted.
universal_logout_failed                    | 3 | failure | auth.logout.fail            | Universal logout failed | A universal logout (global token revocation) request failed.
universal_logout_succeeded                 | 1 | success | auth.logout.success         | Universal logout succeeded | A universal logout (global token revocation) request completed.
w                                          | 2 | warning | auth.login.notification     | Login warning | Something unusual but not fatal happened during a login.
wn                                         | 2 | warning | other                       | Notification warning | Something unusual but not fatal happened while a notification was sent.
wum                                        | 2 | warning | other                       | User management warning | Something unusual but not fatal happened during a user-management task.
`;

/**
 * Every event code that is documented. A `Map`, so that an entry whose type is `constructor` or `__proto__` finds
 * nothing. Auth0 adds codes at any time: what is not found here is unknown, not wrong.
 */
export const eventTypes: ReadonlyMap<string, EventType> = new Map(
  table
    .trim()
    .split("\n")
    .map(parseRow)
    .map((type) => [type.code, type]),
);

function parseRow(row: string): EventType {
  const [code = "", level, outcome, category = "-", name = "", description = ""] = row.split(/ *\| /);
  return {
    code,
    name,
    description,
    category: category === "-" ? null : category,
    outcome: outcome as Outcome,
    level: Number(level) as Level,
  };
}
