namespace Orleans.Cn2.Core.Tables;

/// <summary>The canonical order of paths within a frontend: (address, port, VMI id).</summary>
public static class PathOrder
{
    /// <summary>Compares by identity; 0 means the same path, perhaps of another weight or state.</summary>
    public static int Compare(EcmpPath left, EcmpPath right)
    {
        int order = left.Address.CompareTo(right.Address);
        if (order == 0)
        {
            order = left.Port.CompareTo(right.Port);
        }

        return order != 0 ? order : left.VmiId.CompareTo(right.VmiId);
    }

    /// <summary>True when each path stands strictly before the next: canonical and without duplicates.</summary>
    public static bool IsSorted(ReadOnlySpan<EcmpPath> paths)
    {
        for (int i = 1; i < paths.Length; i++)
        {
            if (Compare(paths[i - 1], paths[i]) >= 0)
            {
                return false;
            }
        }

        return true;
    }
}
