//! A network's file, read far enough to rewrite its graph.
//!
//! Messages and tags are those of ONNX's `onnx.proto`; what is never looked into stays as bytes.
//! Owns the format. What is rewritten, and why, is said in `quantization`.

use prost::Message;

/// `TensorProto.DataType`.
pub const FLOAT: i32 = 1;
pub const UINT8: i32 = 2;
pub const INT8: i32 = 3;
pub const INT64: i32 = 7;
/// `AttributeProto.AttributeType`.
const ATTRIBUTE_INT: i32 = 2;

#[derive(Clone, PartialEq, Message)]
pub struct Model {
    #[prost(int64, optional, tag = "1")]
    pub ir_version: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub producer_name: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub producer_version: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub domain: Option<String>,
    #[prost(int64, optional, tag = "5")]
    pub model_version: Option<i64>,
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    pub operators: Vec<OperatorSet>,
    #[prost(bytes = "vec", repeated, tag = "14")]
    pub metadata: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "25")]
    pub functions: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub struct OperatorSet {
    /// Empty for ONNX's own operators.
    #[prost(string, optional, tag = "1")]
    pub domain: Option<String>,
    #[prost(int64, optional, tag = "2")]
    pub version: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Graph {
    /// In an order in which they can be run.
    #[prost(message, repeated, tag = "1")]
    pub nodes: Vec<Node>,
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// The constants: weights.
    #[prost(message, repeated, tag = "5")]
    pub tensors: Vec<Tensor>,
    #[prost(bytes = "vec", repeated, tag = "11")]
    pub inputs: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "12")]
    pub outputs: Vec<Output>,
    #[prost(bytes = "vec", repeated, tag = "13")]
    pub values: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Node {
    #[prost(string, repeated, tag = "1")]
    pub inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub outputs: Vec<String>,
    #[prost(string, optional, tag = "3")]
    pub name: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub operator: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub attributes: Vec<Attribute>,
    #[prost(string, optional, tag = "7")]
    pub domain: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Attribute {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(float, optional, tag = "2")]
    pub float: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub int: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub string: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub tensor: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub graph: Option<Vec<u8>>,
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub floats: Vec<f32>,
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub strings: Vec<Vec<u8>>,
    #[prost(int32, optional, tag = "20")]
    pub kind: Option<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Tensor {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    #[prost(int32, optional, tag = "2")]
    pub data_type: Option<i32>,
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    #[prost(string, optional, tag = "8")]
    pub name: Option<String>,
    /// Values in little-endian order.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub raw_data: Option<Vec<u8>>,
}

/// `ValueInfoProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Output {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub kind: Option<Vec<u8>>,
}

impl Graph {
    /// Takes away the operator that makes the network's last tensor, if it is of this kind: what went into
    /// it becomes the output. Returns whether it was.
    pub fn drop_last(&mut self, operator: &str) -> bool {
        let [output] = self.outputs.as_mut_slice() else { return false };
        let makes = |n: &Node| n.operator() == operator && n.outputs.first() == output.name.as_ref();
        let Some(at) = self.nodes.iter().position(makes) else { return false };
        output.name = self.nodes.remove(at).inputs.into_iter().next();
        true
    }
}

impl Node {
    pub fn new(operator: &str, name: String, inputs: Vec<String>, output: String) -> Self {
        Self {
            inputs,
            outputs: vec![output],
            name: Some(name),
            operator: Some(operator.into()),
            attributes: Vec::new(),
            domain: None,
        }
    }
}

impl Output {
    /// Of a kind that the runtime finds out.
    #[cfg(test)]
    pub fn named(name: String) -> Self {
        Self { name: Some(name), kind: None }
    }
}

impl Attribute {
    /// Whole numbers.
    #[cfg(test)]
    pub fn of_ints(name: &str, values: Vec<i64>) -> Self {
        Self { name: Some(name.into()), ints: values, kind: Some(7), ..Self::default() }
    }

    /// A whole number.
    pub fn of_int(name: &str, value: i64) -> Self {
        Self { name: Some(name.into()), int: Some(value), kind: Some(ATTRIBUTE_INT), ..Self::default() }
    }
}

impl Tensor {
    /// `bytes`: the values in little-endian order.
    pub fn new(name: String, data_type: i32, dims: Vec<i64>, bytes: Vec<u8>) -> Self {
        Self { dims, data_type: Some(data_type), name: Some(name), raw_data: Some(bytes), ..Self::default() }
    }

    pub fn floats(name: String, dims: Vec<i64>, values: &[f32]) -> Self {
        Self::new(name, FLOAT, dims, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    /// The values of a tensor of single bytes.
    #[cfg(test)]
    pub fn as_small_integers(&self) -> Option<Vec<f32>> {
        let bytes = self.raw_data.as_ref()?;
        match self.data_type() {
            INT8 => Some(bytes.iter().map(|&b| f32::from(b.cast_signed())).collect()),
            UINT8 => Some(bytes.iter().copied().map(f32::from).collect()),
            _ => None,
        }
    }

    /// The values; `None` if they are no 32-bit floats or not as many as the dimensions say.
    pub fn as_floats(&self) -> Option<Vec<f32>> {
        if self.data_type() != FLOAT {
            return None;
        }
        let values = match &self.raw_data {
            Some(bytes) => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            None => self.float_data.clone(),
        };
        let count: i64 = self.dims.iter().product();
        (usize::try_from(count) == Ok(values.len())).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_operator_is_taken_away_only_where_it_is_the_one() {
        let graph = || Graph {
            nodes: vec![
                Node::new("Add", "a".into(), vec!["x".into()], "sum".into()),
                Node::new("Softmax", "s".into(), vec!["sum".into()], "y".into()),
            ],
            outputs: vec![Output::named("y".into())],
            ..Graph::default()
        };
        let mut cut = graph();
        assert!(cut.drop_last("Softmax"));
        assert_eq!((cut.nodes.len(), cut.outputs[0].name()), (1, "sum"));
        let mut other = graph();
        assert!(!other.drop_last("Sigmoid"));
        assert_eq!(other, graph());
    }

    #[test]
    fn tensors_give_their_floats_from_either_field() {
        let tensor = Tensor::floats("w".into(), vec![2, 1], &[1.5, -2.0]);
        assert_eq!(tensor.as_floats(), Some(vec![1.5, -2.0]));
        let listed = Tensor { raw_data: None, float_data: vec![1.5, -2.0], ..tensor.clone() };
        assert_eq!(listed.as_floats(), Some(vec![1.5, -2.0]));
        assert_eq!(Tensor { dims: vec![3], ..tensor.clone() }.as_floats(), None);
        assert_eq!(Tensor { data_type: Some(INT8), ..tensor }.as_floats(), None);
    }
}
