namespace Orleans.Cn2.Core.Labels;

/// <summary>How a requirement compares a label, named as in <c>matchExpressions[].operator</c>.</summary>
public enum LabelOperator
{
    /// <summary>The label is there with one of the values.</summary>
    In,

    /// <summary>The label is not there, or has none of the values.</summary>
    NotIn,

    /// <summary>The label is there.</summary>
    Exists,

    /// <summary>The label is not there.</summary>
    DoesNotExist,
}
