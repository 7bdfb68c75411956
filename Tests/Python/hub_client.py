"""Run as a program: calls of the real huggingface_hub, for the tests of the loopback Hub and of `apr publish|pull`.

    hub_client.py FUNCTION < arguments.json        prints the result as one line of JSON

A function that raises prints {"error": class name, "message": text, "status": HTTP status or null}.
"""
import json
import os
import pathlib
import sys

import huggingface_hub
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi


def whoami():
    answer = HfApi().whoami()
    return {"name": answer["name"], "orgs": [org["name"] for org in answer["orgs"]]}


def create_repo(repo, private=None, exist_ok=False):
    return {"url": str(HfApi().create_repo(repo, private=private, exist_ok=exist_ok))}


def delete_repo(repo):
    HfApi().delete_repo(repo)


def upload_folder(repo, folder, message="upload", revision=None, parent=None):
    commit = HfApi().upload_folder(
        repo_id=repo, folder_path=folder, commit_message=message, revision=revision, parent_commit=parent)
    return {"oid": commit.oid, "url": commit.commit_url}


def upload_file(repo, path, name, revision=None):
    return {"oid": HfApi().upload_file(path_or_fileobj=path, path_in_repo=name, repo_id=repo, revision=revision).oid}


def commit(repo, add=None, delete=None, message="commit", parent=None):
    operations = [CommitOperationAdd(name, text.encode()) for name, text in (add or {}).items()]
    operations += [CommitOperationDelete(name) for name in delete or []]
    info = HfApi().create_commit(repo, operations, commit_message=message, parent_commit=parent)
    return {"oid": info.oid}


def snapshot_download(repo, revision=None, local_dir=None, allow_patterns=None, local_files_only=False):
    return {"path": huggingface_hub.snapshot_download(
        repo, revision=revision, local_dir=local_dir, allow_patterns=allow_patterns,
        local_files_only=local_files_only)}


def hf_hub_download(repo, name, revision=None):
    return {"path": huggingface_hub.hf_hub_download(repo, name, revision=revision)}


def model_info(repo, revision=None):
    info = HfApi().model_info(repo, revision=revision, files_metadata=True)
    return {
        "id": info.id, "sha": info.sha, "private": info.private, "tags": info.tags,
        "library_name": info.library_name, "pipeline_tag": info.pipeline_tag,
        "card": info.card_data.to_dict() if info.card_data else None,
        "siblings": {
            file.rfilename: {
                "size": file.size, "blob_id": file.blob_id, "sha256": file.lfs.sha256 if file.lfs else None}
            for file in info.siblings}}


def tree(repo, path=None, recursive=False, revision=None, expand=False):
    entries = HfApi().list_repo_tree(repo, path, recursive=recursive, revision=revision, expand=expand)
    return [
        {"path": entry.path, "kind": type(entry).__name__, "size": getattr(entry, "size", None),
         "id": getattr(entry, "blob_id", None) or getattr(entry, "tree_id", None)}
        for entry in entries]


def paths_info(repo, paths):
    return [entry.path for entry in HfApi().get_paths_info(repo, paths)]


def refs(repo):
    found = HfApi().list_repo_refs(repo)
    return {
        "branches": {ref.name: ref.target_commit for ref in found.branches},
        "tags": {ref.name: ref.target_commit for ref in found.tags}}


def commits(repo, revision=None):
    return [{"id": entry.commit_id, "title": entry.title} for entry in HfApi().list_repo_commits(repo, revision=revision)]


def create_branch(repo, branch, revision=None):
    HfApi().create_branch(repo, branch=branch, revision=revision)


def create_tag(repo, tag, revision=None):
    HfApi().create_tag(repo, tag=tag, revision=revision)


def validate_card(text):
    HfApi()._validate_yaml(text)


def scan(folder):
    """What huggingface_hub finds in the cache."""
    report = huggingface_hub.scan_cache_dir(pathlib.Path(folder) / "hub")
    return {
        "warnings": [str(warning) for warning in report.warnings],
        "repos": {
            repo.repo_id: {
                revision.commit_hash: {
                    "refs": sorted(revision.refs), "files": sorted(file.file_name for file in revision.files)}
                for revision in repo.revisions}
            for repo in report.repos}}


def main():
    arguments = json.load(sys.stdin)
    try:
        result = globals()[sys.argv[1]](**arguments)
    except Exception as error:
        response = getattr(error, "response", None)
        result = {
            "error": type(error).__name__, "message": str(error), "status": getattr(response, "status_code", None)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
    # The downloads' threads of a failed call are not waited for.
    sys.stdout.flush()
    os._exit(0)
