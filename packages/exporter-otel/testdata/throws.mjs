throw new Error("No licence.");
