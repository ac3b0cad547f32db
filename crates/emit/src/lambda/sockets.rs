//! A WebSocket API in front of a function: the gateway holds the connections, the code takes what happens on them as events.

use model::FrontDoor;
use source::Finding;

use super::rights::{Rights, statement};
use super::{Function, Stack, Variable, filled, reference, resource};
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part};

/// The variable that tells the code where it sends to.
const VARIABLE: &str = "CONNECTIONS_URL";
/// Its stage, and the routes that every such API has.
const STAGE: &str = "live";
const ROUTES: [(&str, &str); 3] =
    [("Connect", "$connect"), ("Disconnect", "$disconnect"), ("Default", "$default")];

impl Stack<'_, '_> {
    /// What the code needs to send over connections that are open: the right, and where it asks for it.
    pub(super) fn answer_sockets(
        &mut self,
        part: &Part<'_>,
        rights: &mut Rights,
        variables: &mut Vec<(String, Variable)>,
        out: &mut Output,
    ) {
        let api = self.ids.sockets(part);
        let arn = format!(
            "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/{STAGE}/*"
        );
        let right = statement(&["execute-api:ManageConnections"], filled(arn));
        rights.own.push(right.why("it sends over connections that are open"));
        let why = "where the code sends to a connection; nobody says by which variable it knows it";
        let address = address(&api, "https").why(why);
        if !variables.iter().any(|(known, _)| known == VARIABLE) {
            variables.push((VARIABLE.to_owned(), Variable::Text(address)));
        }
        let message = format!(
            "{}: its code has to take connections and messages as events of a WebSocket API",
            part.component.id
        );
        let hint = if self.behind(FrontDoor::WebSocketApi) > 1 {
            "each such part has an API of its own: routes of one API that several of them shared have to be joined by hand"
        } else {
            "the gateway holds the connections; a server that holds them itself does not run so"
        };
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(self.plan.at(finding, part.component.span));
    }

    /// Adds the API.
    pub(crate) fn sockets(&mut self, part: &Part<'_>, function: &Function) {
        let api = self.ids.sockets(part);
        let properties = map([
            ("Name", filled(format!("${{AWS::StackName}}-{}", part.name))),
            ("ProtocolType", "WEBSOCKET".into()),
            (
                "RouteSelectionExpression",
                Node::from("$request.body.action").why("default: no route is chosen by it"),
            ),
        ]);
        let why = self.why.plan(part, "front door");
        self.resources.set(api.as_str(), resource("AWS::ApiGatewayV2::Api", properties).why(why));
        let integration = self.ids.beside(part, "SocketsIntegration");
        let calls = map([
            ("ApiId", reference(&api)),
            ("IntegrationType", "AWS_PROXY".into()),
            ("IntegrationUri", self.address(function)),
        ]);
        self.resources.set(integration.as_str(), resource("AWS::ApiGatewayV2::Integration", calls));
        let mut routes = Vec::new();
        for (what, key) in ROUTES {
            let route = map([
                ("ApiId", reference(&api)),
                ("RouteKey", key.into()),
                ("Target", filled(format!("integrations/${{{integration}}}"))),
            ]);
            let id = self.ids.beside(part, &format!("Sockets{what}"));
            self.resources.set(id.as_str(), resource("AWS::ApiGatewayV2::Route", route));
            routes.push(id);
        }
        let deployment = self.ids.beside(part, "SocketsDeployment");
        let made = resource("AWS::ApiGatewayV2::Deployment", map([("ApiId", reference(&api))]));
        self.resources.set(deployment.as_str(), made.with("DependsOn", list(routes)));
        let stage = map([
            ("ApiId", reference(&api)),
            ("StageName", STAGE.into()),
            ("DeploymentId", reference(&deployment)),
        ]);
        let id = self.ids.beside(part, "SocketsStage");
        self.resources.set(id, resource("AWS::ApiGatewayV2::Stage", stage));
        self.permit(part, function, &api);
        self.output(part, "Address", address(&api, "wss"));
    }

    /// Lets an API of the gateway call a function.
    pub(crate) fn permit(&mut self, part: &Part<'_>, function: &Function, api: &str) {
        let source = format!(
            "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/*"
        );
        let permission = map([
            ("FunctionName", self.target(function)),
            ("Action", "lambda:InvokeFunction".into()),
            ("Principal", "apigateway.amazonaws.com".into()),
            ("SourceArn", filled(source)),
        ]);
        let id = self.ids.beside(part, "ApiPermission");
        self.resources.set(id, resource("AWS::Lambda::Permission", permission));
    }
}

/// Where it answers, and where connections are sent to.
fn address(api: &str, scheme: &str) -> Node {
    let host = format!("${{{api}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}");
    filled(format!("{scheme}://{host}/{STAGE}"))
}
