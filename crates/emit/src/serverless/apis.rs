//! APIs of a part's own, as resources of CloudFormation: the framework makes one of a kind for the whole service.

use model::FrontDoor;

use crate::Part;
use crate::lambda::{Function, Stack, attribute, filled, reference, resource};
use crate::tree::{Node, list, map};

/// The stage of a REST API, as the framework names it for its own.
const STAGE: &str = "${sls:stage}";

/// Adds an API of which every path leads to the part.
pub(super) fn own(
    part: &Part<'_>,
    door: FrontDoor,
    function: &Function,
    stack: &mut Stack<'_, '_>,
) {
    let id = stack.ids.beside(part, "Api");
    let name = format!("${{self:service}}-${{sls:stage}}-{}", part.name);
    let (target, address) = (stack.target(function), stack.address(function));
    let api = Api { part, id, name, target, address };
    let stage = if door == FrontDoor::HttpApi {
        api.http(stack);
        ""
    } else {
        api.rest(stack);
        STAGE
    };
    let id = api.id;
    let host = format!("${{{id}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}");
    stack.output(part, "Address", filled(format!("https://{host}/{stage}")));
    stack.permit(part, function, &id);
}

/// An API on its way into the stack.
struct Api<'r, 'a> {
    part: &'r Part<'a>,
    id: String,
    name: String,
    target: Node,
    address: Node,
}

impl Api<'_, '_> {
    fn http(&self, stack: &mut Stack<'_, '_>) {
        let (part, api) = (self.part, self.id.as_str());
        let why = stack.why.plan(part, "front door");
        let properties = map([("Name", Node::from(&self.name)), ("ProtocolType", "HTTP".into())]);
        stack.resources.set(api, resource("AWS::ApiGatewayV2::Api", properties).why(why));
        let integration = stack.ids.beside(part, "ApiIntegration");
        let calls = map([
            ("ApiId", reference(api)),
            ("IntegrationType", "AWS_PROXY".into()),
            ("IntegrationUri", self.target.clone()),
            ("PayloadFormatVersion", "2.0".into()),
        ]);
        stack
            .resources
            .set(integration.as_str(), resource("AWS::ApiGatewayV2::Integration", calls));
        let route = map([
            ("ApiId", reference(api)),
            ("RouteKey", Node::from("$default").why("every path")),
            ("Target", filled(format!("integrations/${{{integration}}}"))),
        ]);
        let id = stack.ids.beside(part, "ApiRoute");
        stack.resources.set(id, resource("AWS::ApiGatewayV2::Route", route));
        let stage = map([
            ("ApiId", reference(api)),
            ("StageName", "$default".into()),
            ("AutoDeploy", true.into()),
        ]);
        let id = stack.ids.beside(part, "ApiStage");
        stack.resources.set(id, resource("AWS::ApiGatewayV2::Stage", stage));
    }

    fn rest(&self, stack: &mut Stack<'_, '_>) {
        let (part, api) = (self.part, self.id.as_str());
        let why = stack.why.plan(part, "front door");
        let made = resource("AWS::ApiGateway::RestApi", map([("Name", Node::from(&self.name))]));
        stack.resources.set(api, made.why(why));
        let below = stack.ids.beside(part, "ApiBelow");
        let path = map([
            ("RestApiId", reference(api)),
            ("ParentId", attribute(api, "RootResourceId")),
            ("PathPart", "{proxy+}".into()),
        ]);
        stack.resources.set(below.as_str(), resource("AWS::ApiGateway::Resource", path));
        let mut methods = Vec::new();
        for (what, at) in [
            ("ApiRootMethod", attribute(api, "RootResourceId")),
            ("ApiBelowMethod", reference(&below)),
        ] {
            let calls = map([
                ("Type", Node::from("AWS_PROXY")),
                ("IntegrationHttpMethod", "POST".into()),
                ("Uri", self.address.clone()),
            ]);
            let method = map([
                ("RestApiId", reference(api)),
                ("ResourceId", at),
                ("HttpMethod", "ANY".into()),
                ("AuthorizationType", Node::from("NONE").why("clients on the internet call it")),
                ("Integration", calls),
            ]);
            let id = stack.ids.beside(part, what);
            stack.resources.set(id.as_str(), resource("AWS::ApiGateway::Method", method));
            methods.push(id);
        }
        let deployment = stack.ids.beside(part, "ApiDeployment");
        let made = resource("AWS::ApiGateway::Deployment", map([("RestApiId", reference(api))]));
        stack.resources.set(deployment.as_str(), made.with("DependsOn", list(methods)));
        let stage = map([
            ("RestApiId", reference(api)),
            ("DeploymentId", reference(&deployment)),
            ("StageName", STAGE.into()),
        ]);
        let id = stack.ids.beside(part, "ApiStage");
        stack.resources.set(id, resource("AWS::ApiGateway::Stage", stage));
    }
}
