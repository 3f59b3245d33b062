from cloudwarden.providers.aws.iam.report import parse_report

REPORT = b"""\
user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,\
access_key_1_last_rotated,access_key_1_last_used_service
<root_account>,arn:aws:iam::111111111111:root,2020-01-01T00:00:00+00:00,not_supported,\
2024-05-01T10:00:00+00:00,false,true,2020-01-01T00:00:00+00:00,s3
anna,arn:aws:iam::111111111111:user/anna,2020-01-01T00:00:00+00:00,true,no_information,TRUE,false,\
N/A,N/A
"""


def test_the_report_says_what_it_knows_of_each_principal() -> None:
    assert parse_report(REPORT) == {
        "arn:aws:iam::111111111111:root": {
            "passwordlastused": "2024-05-01T10:00:00Z",
            "mfa_active": False,
            "access_key_1_active": True,
            "access_key_1_last_rotated": "2020-01-01T00:00:00Z",
            "access_key_1_last_used_service": "s3",
        },
        "arn:aws:iam::111111111111:user/anna": {
            "password_enabled": True,
            "mfa_active": True,
            "access_key_1_active": False,
        },
    }


def test_an_empty_report_knows_nobody() -> None:
    assert parse_report(b"") == {}
