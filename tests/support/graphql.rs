//! GraphQL as a service speaks it: documents are validated against the service's types, variables coerced, and selections run over JSON.

use apollo_compiler::ast::{Definition, Document, Selection, Type};
use apollo_compiler::executable::{self, SelectionSet};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Value, json};
use std::cell::RefCell;

/// The types that a stand-in serves.
pub struct Types(Valid<Schema>);

/// A request whose document and variables are valid.
pub struct Query<'a> {
    types: &'a Types,
    document: Valid<ExecutableDocument>,
    variables: Valid<JsonMap>,
}

/// One field that is asked for.
pub struct Ask<'a> {
    /// The type that has the field.
    pub on: &'a str,
    /// The object that has the field, `{}` at the root.
    pub object: &'a Value,
    /// The field's name in the schema.
    pub field: &'a str,
    /// Its coerced arguments; those that were not given are missing.
    pub arguments: Value,
}

/// Why a field cannot be had. The object is merged into the error, which gets its path and location.
pub enum Refusal {
    /// The field is null and the error stands beside the data.
    Field(Value),
    /// The whole document is refused: errors without data.
    Document(Value),
}

/// What a field resolves to; `None` takes the object's own value of that name.
pub type Resolved = Result<Option<Value>, Refusal>;

impl Types {
    /// Reads the types from a schema document.
    pub fn new(text: &str) -> Self {
        Self(Schema::parse_and_validate(text, "stand-in.graphql").unwrap())
    }

    /// The name of the type that `Type.field` has, without its lists and exclamation marks.
    pub fn type_of(&self, coordinate: &str) -> Option<String> {
        let (on, field) = coordinate.split_once('.')?;
        let field = self.0.type_field(on, field).ok()?;
        Some(field.ty.inner_named_type().to_string())
    }

    /// Checks `{"query", "variables"}`.
    ///
    /// # Errors
    /// The errors (message and locations) for which the document is refused.
    pub fn check(&self, body: &Value) -> Result<Query<'_>, Vec<Value>> {
        let text = body["query"].as_str().unwrap_or_default();
        let document = ExecutableDocument::parse_and_validate(&self.0, text, "query.graphql")
            .map_err(|wrong| {
                let errors = wrong.errors.iter();
                errors
                    .map(|error| json!(error.unstable_to_json_compat()))
                    .collect::<Vec<_>>()
            })?;
        let given: JsonMap = serde_json::from_value(match &body["variables"] {
            Value::Null => json!({}),
            given => given.clone(),
        })
        .map_err(|_| vec![json!({"message": "Variables are invalid JSON."})])?;
        let variables = document
            .operations
            .get(body["operationName"].as_str())
            .and_then(|operation| coerce_variable_values(&self.0, operation, &given))
            .map_err(|error| vec![json!(error.to_graphql_error(&document.sources))])?;
        Ok(Query {
            types: self,
            document,
            variables,
        })
    }
}

impl Query<'_> {
    fn operation(&self) -> &executable::Operation {
        self.document.operations.iter().next().unwrap()
    }

    /// The operation's name, `""` if it has none.
    pub fn name(&self) -> String {
        self.operation()
            .name
            .as_ref()
            .map_or(String::new(), ToString::to_string)
    }

    /// Whether it is a mutation.
    pub fn is_mutation(&self) -> bool {
        self.operation().is_mutation()
    }

    /// How many fields are selected, fragments and aliases counted wherever they stand.
    pub fn complexity(&self) -> usize {
        self.count(&self.operation().selection_set)
    }

    fn count(&self, set: &SelectionSet) -> usize {
        set.selections
            .iter()
            .map(|selection| match selection {
                executable::Selection::Field(field) => 1 + self.count(&field.selection_set),
                executable::Selection::InlineFragment(part) => self.count(&part.selection_set),
                executable::Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    self.count(&fragment.selection_set)
                }
            })
            .sum()
    }

    /// Runs it: `{"data"}`, with `errors` if there are any; only `errors` if the document was refused.
    pub fn run(&self, resolve: &dyn Fn(&Ask<'_>) -> Resolved) -> Value {
        let run = Run {
            resolve,
            refused: RefCell::default(),
        };
        let root = Node {
            on: self.operation().object_type().to_string(),
            object: json!({}),
            run: &run,
        };
        let response = Execution::new(&self.types.0, &self.document)
            .operation(self.operation())
            .coerced_variable_values(&self.variables)
            .execute_sync(&root)
            .unwrap();
        if let Some(error) = run.refused.take() {
            return json!({"errors": [error]});
        }
        let mut answer = json!({"data": response.data});
        if !response.errors.is_empty() {
            answer["errors"] = response
                .errors
                .iter()
                .map(|error| merge(json!(error)))
                .collect();
        }
        answer
    }
}

/// A refusal travels as the message of its error: unpacks it.
fn merge(mut error: Value) -> Value {
    let message = error["message"].as_str().unwrap_or_default();
    let message = message.trim_start_matches("resolver error: ");
    if let Ok(Value::Object(more)) = serde_json::from_str(message) {
        error.as_object_mut().unwrap().extend(more);
    }
    error
}

struct Run<'a> {
    resolve: &'a dyn Fn(&Ask<'_>) -> Resolved,
    refused: RefCell<Option<Value>>,
}

struct Node<'a> {
    on: String,
    object: Value,
    run: &'a Run<'a>,
}

impl ObjectValue for Node<'_> {
    fn type_name(&self) -> &str {
        &self.on
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let field = info.field_name();
        let ask = Ask {
            on: &self.on,
            object: &self.object,
            field,
            arguments: json!(info.arguments()),
        };
        let value = match (self.run.resolve)(&ask) {
            Ok(Some(value)) => value,
            Ok(None) => self
                .object
                .get(field)
                .unwrap_or_else(|| panic!("the stand-in gives {} no {field}", self.on))
                .clone(),
            Err(Refusal::Field(error)) => {
                return Err(FieldError {
                    message: error.to_string(),
                });
            }
            Err(Refusal::Document(error)) => {
                *self.run.refused.borrow_mut() = Some(error);
                Value::Null
            }
        };
        Ok(resolved(value, &info.field_definition().ty, info, self.run))
    }
}

fn resolved<'a>(
    value: Value,
    kind: &'a Type,
    info: &'a ResolveInfo<'a>,
    run: &'a Run<'a>,
) -> ResolvedValue<'a> {
    match value {
        Value::Null => ResolvedValue::null(),
        Value::Array(items) if kind.is_list() => ResolvedValue::list(
            items
                .into_iter()
                .map(move |item| resolved(item, kind.item_type(), info, run)),
        ),
        value => {
            let name = kind.inner_named_type();
            if info.schema().types[name].is_leaf() {
                return ResolvedValue::leaf(
                    serde_json::from_value::<apollo_compiler::response::JsonValue>(value).unwrap(),
                );
            }
            let on = value["__typename"].as_str().unwrap_or(name).to_owned();
            ResolvedValue::object(Node {
                on,
                object: value,
                run,
            })
        }
    }
}

trait Leaf {
    fn is_leaf(&self) -> bool;
}

impl Leaf for apollo_compiler::schema::ExtendedType {
    fn is_leaf(&self) -> bool {
        self.is_scalar() || self.is_enum()
    }
}

/// The fields that a document selects at the root of its operations; none if it cannot be parsed.
pub fn roots(document: &str) -> Vec<String> {
    let Ok(document) = Document::parse(document, "query.graphql") else {
        return Vec::new();
    };
    document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::OperationDefinition(operation) => Some(&operation.selection_set),
            _ => None,
        })
        .flatten()
        .filter_map(|selection| match selection {
            Selection::Field(field) => Some(field.name.to_string()),
            _ => None,
        })
        .collect()
}
