"""The configuration of the test's Dovecot in the language of version 2.4, which shares little with that of 2.3."""

from __future__ import annotations

from pathlib import Path

from peers.servers import peer_user


def config_24(root: Path, group: str, password: str, ports: tuple[int, int]) -> str:
    """The same server as for 2.3: everything under `root`, run by the peers' user; ports without and with TLS."""
    user = peer_user()
    plain, tls = ports
    return f"""
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_server_cert_file = {root}/tls.pem
ssl_server_key_file = {root}/tls.key
auth_failure_delay = 0
auth_mechanisms = plain login xoauth2
mail_driver = maildir
mail_path = {root}/mail/%{{user | username}}
default_internal_user = {user.pw_name}
default_internal_group = {group}
default_login_user = {user.pw_name}
first_valid_uid = 1
namespace inbox {{
  inbox = yes
  separator = /
}}
oauth2 {{
  introspection_mode = local
  username_attribute = sub
  oauth2_local_validation {{
    dict fs {{
      fs posix {{
        prefix = {root}/keys/
      }}
    }}
  }}
}}
passdb oauth2 {{
  mechanisms_filter = xoauth2
}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {user.pw_uid}
    gid = {user.pw_gid}
    home = {root}/mail/%{{user | username}}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
protocol imap {{
  mail_max_userip_connections = 50
}}
"""
