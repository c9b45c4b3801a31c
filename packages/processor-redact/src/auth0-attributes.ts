/**
 * The attributes that the receiver of Auth0's log copies from the entry, with the fields that they may come from. Who
 * names the field means its copy, too; a number could not be recognised there by its value. A test compares this list
 * with the receiver's.
 */
export const auth0Attributes: Readonly<Record<string, readonly string[]>> = {
  "client.address": ["ip"],
  "user_agent.original": ["user_agent"],
  "user.id": ["user_id"],
  "user.name": ["user_name"],
  "session.id": ["session_id", "details.session_id"],
  "server.address": ["hostname"],
  "geo.continent.code": ["location_info.continent_code"],
  "geo.country.iso_code": ["location_info.country_code"],
  "geo.locality.name": ["location_info.city_name"],
  "geo.location.lat": ["location_info.latitude"],
  "geo.location.lon": ["location_info.longitude"],
  "auth0.description": ["description"],
  "auth0.connection": ["connection"],
  "auth0.connection_id": ["connection_id"],
  "auth0.client_id": ["client_id"],
  "auth0.client_name": ["client_name"],
  "auth0.strategy": ["strategy"],
  "auth0.strategy_type": ["strategy_type"],
  "auth0.audience": ["audience"],
  "auth0.organization_id": ["organization_id"],
  "auth0.organization_name": ["organization_name"],
  "auth0.tenant_name": ["tenant_name"],
  "auth0.environment_name": ["environment_name"],
  "auth0.correlation_id": ["references.correlation_id"],
  "auth0.trace_id": ["references.trace_id"],
  "auth0.is_mobile": ["isMobile", "is_mobile"],
};
