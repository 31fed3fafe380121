"""Keys, temporary tokens, and distribution credentials."""

from sonant.contract.auth import GET_TOKEN_DETAILS, GRANT_TOKEN, AccessToken, Grant, TokenDetails
from sonant.contract.manage.keys import (
    CREATE_KEY,
    DELETE_KEY,
    GET_KEY,
    LIST_KEYS,
    KeyCreation,
    KeyDetails,
    KeyList,
    KeyListOptions,
    NewKey,
)
from sonant.contract.selfhosted import (
    CREATE_CREDENTIALS,
    DELETE_CREDENTIALS,
    GET_CREDENTIALS,
    LIST_CREDENTIALS,
    Credentials,
    CredentialsCreation,
    CredentialsList,
    CredentialsOptions,
)
from sonant.contract.wire import Done, NoOptions
from sonant.engine.api.bodies import read_body
from sonant.engine.api.serving import Call, serves
from sonant.engine.manage import credentials, keys
from sonant.engine.manage.tokens import mint


@serves(GRANT_TOKEN)
async def grant_token(call: Call[NoOptions]) -> AccessToken:
    """A temporary token."""
    wish = await read_body(call.request, Grant)
    return mint(call.accounts.secret, call.grant, wish.ttl_seconds)


@serves(GET_TOKEN_DETAILS)
async def get_token_details(call: Call[NoOptions]) -> TokenDetails:
    """The caller's own key."""
    found = await call.accounts.read(keys.describe, call.grant)
    key = found.api_key
    return TokenDetails(
        api_key_id=key.api_key_id,
        scopes=key.scopes,
        created=key.created,
        comment=key.comment,
        tags=key.tags,
        expiration_date=key.expiration_date,
        member=found.member,
    )


@serves(LIST_KEYS)
async def list_keys(call: Call[KeyListOptions]) -> KeyList:
    """The keys that the caller may see."""
    return await call.accounts.read(keys.list_keys, call.grant, call.options.get("status"))


@serves(CREATE_KEY)
async def create_key(call: Call[NoOptions]) -> NewKey:
    """Make a key; it is shown this once."""
    wish = await read_body(call.request, KeyCreation)
    return await call.accounts.write(keys.create_key, call.accounts.secret, call.grant, wish)


@serves(GET_KEY)
async def get_key(call: Call[NoOptions]) -> KeyDetails:
    """One key."""
    return await call.accounts.read(keys.get_key, call.grant, call.ids["key_id"])


@serves(DELETE_KEY)
async def delete_key(call: Call[NoOptions]) -> Done:
    """Delete a key; whoever uses it is shut out."""
    await call.accounts.write(keys.delete_key, call.grant, call.ids["key_id"])
    call.accounts.keyring.drop(call.ids["key_id"].lower())
    return Done("Successfully deleted the API key!")


@serves(LIST_CREDENTIALS)
async def list_credentials(call: Call[NoOptions]) -> CredentialsList:
    """The credentials of a project."""
    return await call.accounts.read(credentials.list_credentials, call.grant)


@serves(CREATE_CREDENTIALS)
async def create_credentials(call: Call[CredentialsOptions]) -> Credentials:
    """Make credentials."""
    wish = await read_body(call.request, CredentialsCreation)
    return await call.accounts.write(credentials.create_credentials, call.grant, call.options, wish)


@serves(GET_CREDENTIALS)
async def get_credentials(call: Call[NoOptions]) -> Credentials:
    """One set of credentials."""
    return await call.accounts.read(credentials.get_credentials, call.grant, call.ids["distribution_credentials_id"])


@serves(DELETE_CREDENTIALS)
async def delete_credentials(call: Call[NoOptions]) -> Credentials:
    """Delete credentials."""
    return await call.accounts.write(
        credentials.delete_credentials, call.grant, call.ids["distribution_credentials_id"]
    )


KEYS = (
    grant_token,
    get_token_details,
    list_keys,
    create_key,
    get_key,
    delete_key,
    list_credentials,
    create_credentials,
    get_credentials,
    delete_credentials,
)
