// @deepgram/sdk 4.4.0 manages a project, unchanged but for the URL. Prints one JSON object: what each call showed.
import { createRequire } from "node:module";

const [folder, url, key, second, project, guest] = process.argv.slice(2);
const { createClient } = createRequire(`${folder}/`)("@deepgram/sdk");
const open = (value) => createClient(value, { global: { fetch: { options: { url } } } });
const deepgram = open(key);
const { manage, models, onprem, auth } = deepgram;

const unwrap = ({ result, error }) => {
  if (error) throw error;
  return result;
};
const done = ({ error }) => {
  if (error) throw error;
};
const emails = async () => unwrap(await manage.getProjectMembers(project)).members.map((each) => each.email).sort();
const comments = async () => unwrap(await manage.getProjectKeys(project)).api_keys.map((each) => each.api_key.comment);

const story = {};
const details = unwrap(await manage.getTokenDetails());
story.details = [details.scopes, details.member.email];
story.token = unwrap(await auth.grantToken()).access_token;

story.projects = unwrap(await manage.getProjects()).projects.map((each) => each.project_id);
story.updated = unwrap(await manage.updateProject(project, { name: "Renamed" })).message;
story.name = unwrap(await manage.getProject(project)).name;

const made = unwrap(await manage.createProjectKey(project, { comment: "made", scopes: ["member"], tags: ["t"] }));
story.key = [made.key.length, made.comment, made.scopes, made.tags];
story.keys = await comments();
story.gotKey = unwrap(await manage.getProjectKey(project, made.api_key_id)).api_key.comment;
done(await manage.deleteProjectKey(project, made.api_key_id));
story.keysLeft = await comments();

story.sent = unwrap(await manage.sendProjectInvite(project, { email: "new@example.com", scope: "admin" })).message;
story.invites = unwrap(await manage.getProjectInvites(project)).invites.map((each) => [each.email, each.scope]);
done(await manage.deleteProjectInvite(project, "new@example.com"));
story.invitesLeft = unwrap(await manage.getProjectInvites(project)).invites;

story.members = await emails();
story.scopes = unwrap(await manage.getProjectMemberScopes(project, guest)).scopes;
unwrap(await manage.updateProjectMemberScope(project, guest, { scope: "admin" }));
story.scopesNow = unwrap(await manage.getProjectMemberScopes(project, guest)).scopes;
done(await manage.removeProjectMember(project, guest));
story.membersLeft = await emails();

const requests = unwrap(await manage.getProjectUsageRequests(project, { limit: 5, status: "succeeded" })).requests;
story.requests = requests.map((each) => each.path);
story.request = unwrap(await manage.getProjectUsageRequest(project, requests[0].request_id)).request.code;
story.usage = unwrap(await manage.getProjectUsageSummary(project, { tag: "setup" })).results.map((day) => day.requests);
story.fields = unwrap(await manage.getProjectUsageFields(project, {})).tags;

const balances = unwrap(await manage.getProjectBalances(project)).balances;
story.balances = balances.map((each) => each.amount);
story.balance = unwrap(await manage.getProjectBalance(project, balances[0].balance_id)).amount;

const listed = unwrap(await manage.getAllModels(project, {})).stt;
story.model = unwrap(await manage.getModel(project, listed[0].uuid)).name === listed[0].name;
story.publicModel = unwrap(await models.getModel(unwrap(await models.getAll()).stt[0].uuid)).name === listed[0].name;

const credentials = unwrap(
  await onprem.createCredentials(project, { comment: "c", scopes: ["self-hosted:products"], provider: "quay" }),
).distribution_credentials;
const listCredentials = async () =>
  unwrap(await onprem.listCredentials(project)).distribution_credentials.map((c) => c.distribution_credentials.comment);
const id = credentials.distribution_credentials_id;
story.credentials = [credentials.comment, credentials.scopes, credentials.provider];
story.credentialsListed = await listCredentials();
story.credentialsGot = unwrap(await onprem.getCredentials(project, id)).distribution_credentials.comment;
unwrap(await onprem.deleteCredentials(project, id));
story.credentialsLeft = await listCredentials();

unwrap(await open(second).manage.leaveProject(project));
story.leftBehind = await emails();
done(await manage.deleteProject(project));
story.refused = (await manage.getProject(project)).error.message.includes("INVALID_AUTH");
console.log(JSON.stringify(story));
