"""The calls of a training job in a rented cloud, against `moto`, which answers in AWS's place on this machine.

    python -m venv aws && aws/bin/pip install 'moto[server,s3,ec2]>=5.2' boto3     # an environment of its own, 320 MB
    aws/bin/python tests/bench/aws_calls.py

It tests that our calls have the right form. It trains nothing, bills nothing, and knows no queue and no speed.
"""

import importlib.metadata
from collections.abc import Callable

import boto3
from moto.server import ThreadedMotoServer

PORT, REGION, IMAGE = 5999, "us-east-1", "ami-12c6146b"  # of the images, one that moto knows


def service(name: str) -> object:
    """A client of the false cloud; the keys are false, too."""
    return boto3.client(name, REGION, endpoint_url=f"http://127.0.0.1:{PORT}", aws_access_key_id="x",
                        aws_secret_access_key="x")  # fmt: skip


def store() -> str:
    s3 = service("s3")
    s3.create_bucket(Bucket="models")
    s3.put_object(Bucket="models", Key="adapter", Body=b"weights")
    return f"read back {s3.get_object(Bucket='models', Key='adapter')['Body'].read()!r}"


def rent() -> str:
    ec2 = service("ec2")
    machine = ec2.run_instances(ImageId=IMAGE, InstanceType="g5.xlarge", MinCount=1, MaxCount=1)["Instances"][0]
    told = ec2.describe_instances(InstanceIds=[machine["InstanceId"]])["Reservations"][0]["Instances"][0]
    stopped = ec2.stop_instances(InstanceIds=[machine["InstanceId"]])["StoppingInstances"][0]
    return f"{told['State']['Name']}, then {stopped['CurrentState']['Name']}"


def train() -> str:
    job = service("sagemaker")
    job.create_training_job(
        TrainingJobName="job", RoleArn="arn:aws:iam::123456789012:role/training",
        AlgorithmSpecification={"TrainingImage": "no-such-image", "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": "s3://models/out"}, StoppingCondition={"MaxRuntimeInSeconds": 60},
        ResourceConfig={"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
    )  # fmt: skip
    status = job.describe_training_job(TrainingJobName="job")["TrainingJobStatus"]
    files = service("s3").list_objects_v2(Bucket="models", Prefix="out")["KeyCount"]
    return f"{status} at once, {files} files written"


def ask_prices() -> str:
    return str(service("pricing").get_products(ServiceCode="AmazonEC2", MaxResults=1))[:80]


def main() -> None:
    server = ThreadedMotoServer("127.0.0.1", PORT, verbose=False)
    server.start()
    print("moto", importlib.metadata.version("moto"), "boto3", importlib.metadata.version("boto3"))
    calls: list[Callable[[], str]] = [store, rent, train, ask_prices]
    for call in calls:
        try:
            print(f"{call.__name__}: {call()}")
        except Exception as error:
            print(f"{call.__name__}: {type(error).__name__}: {str(error)[:120]}")
    server.stop()


if __name__ == "__main__":
    main()
