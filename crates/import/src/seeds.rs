//! A small text of each format for tests that are about all of them.

pub(crate) const COMPOSE: &str = "\
name: shop
services:
  web:
    image: node:20
    ports: ['80:3000']
    environment: { REDIS_URL: 'redis://cache:6379', DB: 'postgres://db/app' }
    deploy: { resources: { limits: { memory: 300M, cpus: '0.5' } } }
  worker:
    image: python:3.13
    command: celery worker
    depends_on: [db, cache]
  db: { image: 'postgres:16', volumes: ['data:/var/lib/postgresql/data'] }
  cache: { image: 'redis:7' }
volumes: { data: {} }
";
pub(crate) const SAM: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs22.x
      MemorySize: 1769
      Timeout: 10
      ReservedConcurrentExecutions: 20
      Environment: { Variables: { TABLE: !Ref Table } }
      Events: { Get: { Type: HttpApi, Properties: { Path: /, Method: get } } }
  Jobs:
    Type: AWS::Serverless::Function
    Properties:
      Handler: jobs.handler
      Runtime: python3.13
      Events:
        Queue: { Type: SQS, Properties: { Queue: !GetAtt Mail.Arn, BatchSize: 5 } }
  Nightly:
    Type: AWS::Serverless::Function
    Properties:
      Handler: n.handler
      Runtime: java21
      Events: { Clock: { Type: Schedule, Properties: { Schedule: 'cron(0 2 * * ? *)' } } }
  Mail: { Type: AWS::SQS::Queue }
  Table: { Type: AWS::Serverless::SimpleTable }
";
pub(crate) const SERVERLESS: &str = "\
service: notes
provider: { name: aws, runtime: python3.12, region: eu-west-1, memorySize: 512 }
functions:
  list: { handler: a.list, events: [{ httpApi: 'GET /notes' }] }
  clean: { handler: a.clean, timeout: 60, events: [{ schedule: rate(1 hour) }] }
";
pub(crate) const KUBERNETES: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: example/web:1
          env: [{ name: CACHE, value: 'redis-cart:6379' }]
          resources: { requests: { cpu: 250m, memory: 64Mi }, limits: { memory: 100000k } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: redis-cart }
spec:
  selector: { matchLabels: { app: redis } }
  template:
    metadata: { labels: { app: redis } }
    spec: { containers: [{ name: redis, image: 'redis:7', resources: { limits: { memory: 1Gi } } }] }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: '0 2 * * *'
  jobTemplate: { spec: { template: { spec: { containers: [{ name: n, image: 'python:3.13' }] } } } }
";

/// A small text of each format, with the file name that it goes by.
pub(crate) const SEEDS: [(&str, &str); 4] = [
    ("compose.yaml", COMPOSE),
    ("template.yaml", SAM),
    ("serverless.yml", SERVERLESS),
    ("web.yaml", KUBERNETES),
];
/// A pod with a container before its main one, one that starts before it and stays, and one beside it.
pub(crate) const SIDECARS: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata: { labels: { app: web } }
    spec:
      initContainers:
        - { name: pull, image: 'busybox:1', command: [sh, -c, 'cp /a /site'], volumeMounts: [{ name: site, mountPath: /site }], resources: { limits: { cpu: 900m, memory: 64Mi } } }
        - { name: proxy, restartPolicy: Always, image: envoy, ports: [{ containerPort: 8443, name: https }], volumeMounts: [{ name: config, mountPath: /etc/envoy.yaml, subPath: envoy.yaml, readOnly: true }], resources: { requests: { cpu: 50m }, limits: { memory: 32Mi } } }
      containers:
        - name: app
          image: org/web
          ports: [{ containerPort: 8080 }]
          env: [{ name: MODE, value: live }]
          volumeMounts: [{ name: site, mountPath: /www }, { name: alone, mountPath: /tmp }]
          resources: { requests: { cpu: 200m }, limits: { memory: 256Mi } }
        - { name: push, image: org/push, env: [{ name: MODE, value: fast }, { name: SINK, value: 'sink:90' }], ports: [{ containerPort: 9100 }], livenessProbe: { tcpSocket: { port: 9100 } }, securityContext: { privileged: true }, volumeMounts: [{ name: host, mountPath: /host }] }
      volumes:
        - { name: site, emptyDir: {} }
        - { name: alone, emptyDir: {} }
        - { name: config, configMap: { name: envoy } }
        - { name: host, downwardAPI: {} }
---
{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 443, targetPort: https }, { port: 80, targetPort: 8080 }] } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: sink }
spec: { template: { metadata: { labels: { app: sink } }, spec: { containers: [{ name: s, image: org/sink }] } } }
---
{ apiVersion: v1, kind: Service, metadata: { name: sink }, spec: { selector: { app: sink }, ports: [{ port: 90 }] } }
";
